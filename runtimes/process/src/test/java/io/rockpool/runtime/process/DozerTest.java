package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome.Done;
import io.rockpool.runtime.Shortfall;
import io.rockpool.runtime.Usage;
import io.rockpool.runtime.process.Swap.Area;
import io.rockpool.runtime.process.Swap.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What this runtime promises of a doze beyond the contract, on a host as it is. */
class DozerTest {
  private static final Swap NONE = new Swap(List.of());
  private static final Swap DISK = swap(Kind.DISK, 0);
  private static final Swap ZRAM = swap(Kind.ZRAM, 0);
  private static final Swap FULL = swap(Kind.DISK, 1 << 30);

  @TempDir Path folder;
  private TestHost host;

  @BeforeEach
  void makeHost() {
    host = new TestHost(folder);
  }

  @AfterEach
  void closeHost() {
    host.close();
  }

  record Row(String name, Swap swap, boolean pagedOut, boolean reclaimed, String says) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("all is well", DISK, true, true, ""),
          new Row("the group does it alone", DISK, false, true, ""),
          new Row("zram has no cache to give back", ZRAM, true, false, ""),
          new Row("there is no swap", NONE, true, true, "this host has no swap"),
          new Row("swap is full", FULL, true, true, "the swap of this host is full"),
          new Row("nothing is allowed", DISK, false, false, "only root may"),
          new Row("the cache of the swap stays", DISK, true, false, "not free before the host"));

  @ParameterizedTest
  @FieldSource("rows")
  void what_is_not_saved_is_told(Row row) {
    var told = Dozer.shortfall(row.swap(), row.pagedOut(), row.reclaimed());

    assertThat(told.map(Shortfall::name).orElse(""))
        .isEqualTo(row.says().isEmpty() ? "" : "MemoryReclaim");
    assertThat(told.map(Shortfall::advice).orElse("")).contains(row.says());
  }

  @Test
  void without_swap_it_still_dozes_and_says_what_that_lacks() throws IOException {
    TestHost.needs(Proc.isRoot(), "root");
    TestHost.orAbort(Swap.ofThisHost().areas().isEmpty(), "lack of swap");
    var driver = host.open();
    var running = start(driver, "exec sleep 600");

    assertThat(driver.doze(ADA)).isInstanceOf(Done.class);

    assertThat(driver.observe(ADA))
        .isInstanceOfSatisfying(
            Frozen.class,
            frozen ->
                assertThat(frozen.awake().shortfalls())
                    .extracting(Shortfall::name)
                    .containsExactly("MemoryReclaim"));
    assertThat(driver.wake(ADA)).isEqualTo(new Done(running));
  }

  @Test
  void a_dozing_instance_ends_by_itself_when_it_is_stopped() {
    var driver = host.open();
    start(
        driver, "trap 'echo bye >bye.txt; exit 0' TERM; touch ready; while :; do sleep 0.1; done");
    await().atMost(10, SECONDS).until(() -> host.readHome(ADA, "ready").isPresent());
    driver.doze(ADA);

    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));

    assertThat(host.readHome(ADA, "bye.txt")).contains("bye\n");
  }

  @Test
  void a_dozing_instance_goes_first_when_memory_is_short() throws IOException {
    TestHost.needs(Proc.isRoot(), "root");
    var driver = host.open();
    start(driver, "echo $$; exec sleep 600");
    var group = ControlGroups.probe(ProcessDriver.hash(host.home())).find(ADA);
    await().atMost(10, SECONDS).untilAsserted(() -> assertThat(scores(group)).contains("500"));
    var awake = scores(group);

    driver.doze(ADA);
    assertThat(scores(group)).contains("900").doesNotContain("500").hasSameSizeAs(awake);

    driver.wake(ADA);
    assertThat(scores(group)).isEqualTo(awake);
  }

  @Test
  void files_that_an_instance_read_or_wrote_are_not_what_it_holds() {
    TestHost.needs(Proc.isRoot(), "root");
    var driver = host.open();
    start(
        driver,
        "head -c 150000000 /dev/zero >big; cat big >/dev/null; touch ready; exec sleep 600");
    await().atMost(20, SECONDS).until(() -> host.readHome(ADA, "ready").isPresent());

    assertThat(driver.usage(ADA).orElseThrow().memoryBytes()).isLessThan(60L << 20);
  }

  @Test
  void version_2_tells_what_is_used_by_files_of_its_own() throws IOException {
    var group = Files.createDirectory(folder.resolve("group"));
    Files.writeString(group.resolve("cgroup.procs"), "");
    Files.writeString(group.resolve("memory.current"), "1000\n");
    Files.writeString(group.resolve("memory.swap.current"), "70\n");
    Files.writeString(group.resolve("memory.stat"), "anon 800\ninactive_file 150\n");
    Files.writeString(group.resolve("cpu.stat"), "usage_usec 3000\nuser_usec 2000\n");
    var nobody = new Lifemark(1, 0, "another-boot", 1, "n1");

    var usage = new Meter(new ProcessTree(nobody, 1, new ControlGroup(List.of(group), List.of())));

    assertThat(usage.usage().orElseThrow())
        .isEqualTo(new Usage(850, 70, Duration.ofMillis(3), "n1"));
  }

  private static List<String> scores(ControlGroup group) throws IOException {
    var scores = new ArrayList<String>();
    for (var pid : group.members()) {
      scores.add(Files.readString(Path.of("/proc", pid.toString(), "oom_score_adj")).strip());
    }
    return scores;
  }

  private static Running start(ProcessDriver driver, String script) {
    var outcome =
        driver.start(
            new InstanceSpec(
                ADA,
                1,
                List.of("sh", "-c", script),
                Map.of(),
                InstanceFiles.NONE,
                new Limits(256L << 20, 1000, 32)));
    assertThat(outcome).isInstanceOf(Done.class);
    return (Running) ((Done) outcome).seen();
  }

  private static Swap swap(Kind kind, long used) {
    return new Swap(List.of(new Area(kind, 1L << 30, used, 1)));
  }
}
