package io.rockpool.runtime.process;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome.Done;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts, ends and limits of real processes. */
class LifeAndDeathTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final Limits LIMITS = new Limits(128L << 20, 1000, 32);

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

  @Test
  void killing_the_root_process_kills_the_whole_tree() throws IOException {
    TestHost.needsRootAndBubblewrap();
    var driver = host.open();
    var running = start(driver, "sleep 600 & setsid sleep 601 & exec sleep 602");
    var group = ControlGroups.probe(ProcessDriver.hash(host.home())).find(ADA);
    await().atMost(10, SECONDS).until(() -> group.members().size() == 6);

    kill(pid(running));

    await().atMost(10, SECONDS).until(() -> group.members().isEmpty());
    assertThat(driver.observe(ADA)).isInstanceOf(Exited.class);
    assertThat(((Exited) driver.observe(ADA)).code()).isEqualTo(-1);
    assertThat(start(driver, "exec sleep 600")).isNotEqualTo(running);
  }

  @Test
  void a_stop_lets_the_command_end_by_itself() {
    var driver = host.open();
    start(
        driver, "trap 'echo bye >bye.txt; exit 0' TERM; touch ready; while :; do sleep 0.1; done");
    await().atMost(10, SECONDS).until(() -> host.readHome(ADA, "ready").isPresent());

    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));

    assertThat(host.readHome(ADA, "bye.txt")).contains("bye\n");
  }

  @Test
  void what_ignores_the_stop_is_killed_after_the_grace() {
    host.with("stop-grace", "PT0.5S");
    var driver = host.open();
    start(driver, "trap '' TERM; touch ready; while :; do sleep 0.1; done");
    await().atMost(10, SECONDS).until(() -> host.readHome(ADA, "ready").isPresent());

    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped()));
  }

  @Test
  void a_stranger_with_the_same_pid_is_not_adopted() throws IOException {
    var driver = host.open();
    start(driver, "exec sleep 600");
    driver.stop(ADA);
    var mark = host.folder(ADA).lifemark().orElseThrow();
    var self = ProcessHandle.current().pid();
    host.folder(ADA).write("stopped", "of another start");
    host.folder(ADA)
        .write(
            "lifemark",
            "pid=%d\nstart=%d\nboot=%s\ngeneration=1\nnonce=%s\n"
                .formatted(self, mark.startTicks(), mark.boot(), mark.nonce()));

    assertThat(driver.observe(ADA)).isInstanceOf(Exited.class);
    assertThat(driver.stop(ADA)).isEqualTo(new Done(new Stopped())); // and we still live
  }

  @Test
  void a_mark_of_an_earlier_boot_is_not_adopted() throws IOException {
    var driver = host.open();
    var pid = pid(start(driver, "exec sleep 600"));
    var mark = host.folder(ADA).lifemark().orElseThrow();
    var text = Files.readString(host.folder(ADA).run().resolve("lifemark"));
    host.folder(ADA).write("lifemark", text.replace(mark.boot(), "another-boot"));

    assertThat(driver.observe(ADA))
        .isEqualTo(
            new Exited(-1, "The host restarted while the instance ran; it can be started again."));
    kill(pid);
  }

  @Test
  void processes_whose_root_died_are_ended_before_the_next_start() throws Exception {
    TestHost.needs(Proc.isRoot(), "root");
    // Without walls nothing dies with its root.
    var driver = host.openWithoutWalls(false);
    var group = ControlGroups.probe(ProcessDriver.hash(host.home())).find(ADA);
    var running = start(driver, "sleep 600 & exec sleep 601");
    var left = ControlGroups.probe(ProcessDriver.hash(host.home())).find(ADA);
    assertThat(group.folders()).isEmpty();
    await().atMost(10, SECONDS).until(() -> left.members().size() == 3);
    var old = Set.copyOf(left.members());
    kill(pid(running));
    await().atMost(10, SECONDS).until(() -> left.members().size() == 2);

    start(driver, "exec sleep 600");

    assertThat(left.members()).doesNotContainAnyElementsOf(old);
  }

  @Test
  void an_instance_that_outgrows_its_memory_is_ended_and_told_why() {
    TestHost.needs(Proc.isRoot(), "root");
    var driver = host.open();

    startAny(driver, "x=$(head -c 400000000 /dev/zero | tr '\\0' x); echo grown >grown.txt");

    await()
        .atMost(60, SECONDS)
        .untilAsserted(() -> assertThat(driver.observe(ADA)).isInstanceOf(Exited.class));
    assertThat(driver.observe(ADA))
        .isInstanceOfSatisfying(
            Exited.class,
            exited ->
                assertThat(exited.advice())
                    .startsWith("The instance ran out of its memory limit of 128 MiB"));
    assertThat(host.readHome(ADA, "grown.txt")).isEmpty();
  }

  @Test
  void an_instance_cannot_start_more_processes_than_its_limit() {
    TestHost.needs(Proc.isRoot(), "root");
    var driver = host.open();

    startAny(
        driver,
        "i=0; while [ $i -lt 60 ]; do sleep 600 & i=$((i+1)); echo $i >count.txt; done; touch all");

    await()
        .atMost(20, SECONDS)
        .until(() -> driver.tail(ADA, 10).lines().stream().anyMatch(line -> line.contains("fork")));
    assertThat(host.readHome(ADA, "all")).isEmpty();
    assertThat(Integer.parseInt(host.readHome(ADA, "count.txt").orElseThrow().strip()))
        .isBetween(20, 32);
  }

  @Test
  void a_destroyed_instance_leaves_no_file_behind_whatever_it_planted() throws IOException {
    var driver = host.open();
    var outside = Files.createDirectories(folder.resolve("outside"));
    Files.writeString(outside.resolve("precious.txt"), "keep me");
    start(
        driver,
        "ln -s %s link; mkdir -p a/b/c; ln -s %s a/b/c/link; chmod 0 a/b; touch ready; exec sleep 600"
            .formatted(outside, outside));
    await().atMost(10, SECONDS).until(() -> host.readHome(ADA, "ready").isPresent());

    assertThat(driver.destroy(ADA)).isEqualTo(new Done(new Absent()));

    assertThat(outside.resolve("precious.txt")).hasContent("keep me");
    assertThat(host.home().resolve("trash")).isEmptyDirectory();
    assertThat(TestHost.groupsOf(host.home())).isEmpty();
  }

  @Test
  void what_a_crash_left_half_destroyed_is_swept_at_the_next_opening() throws IOException {
    var half = Files.createDirectories(host.home().resolve("trash/ada.1234/home"));
    Files.writeString(half.resolve("file"), "rest");

    var driver = host.open();

    assertThat(host.home().resolve("trash")).isEmptyDirectory();
    assertThat(driver.list()).isEmpty();
  }

  @Test
  void a_port_that_a_stranger_took_is_given_up() throws IOException {
    var driver = host.open();
    var port = start(driver, "exec sleep 600").gateway().getPort();
    driver.stop(ADA);

    try (var _ = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      assertThat(start(driver, "exec sleep 600").gateway().getPort()).isNotEqualTo(port);
    }
  }

  private static Running start(ProcessDriver driver, String script) {
    var seen = startAny(driver, script);
    assertThat(seen).isInstanceOf(Running.class);
    return (Running) seen;
  }

  private static Observation startAny(ProcessDriver driver, String script) {
    var outcome =
        driver.start(
            new InstanceSpec(
                ADA, 1, List.of("sh", "-c", script), Map.of(), InstanceFiles.NONE, LIMITS));
    assertThat(outcome).isInstanceOf(Done.class);
    return ((Done) outcome).seen();
  }

  private static long pid(Running running) {
    return (Long) running.placement().details().getOrDefault("pid", -1L);
  }

  private static void kill(long pid) {
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
  }
}
