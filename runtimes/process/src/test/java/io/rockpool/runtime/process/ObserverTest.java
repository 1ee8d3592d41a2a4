package io.rockpool.runtime.process;

import static io.rockpool.runtime.process.Victims.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is seen of a frozen instance. It is this process, in a group that only looks like one. */
class ObserverTest {
  private static final Shortfall NO_SWAP = new Shortfall("MemoryReclaim", "Add swap.");

  @TempDir Path root;
  private Observer observer;
  private InstanceFolder folder;
  private Path group;

  @BeforeEach
  void freeze() throws IOException {
    var home = Files.createDirectory(root.resolve("home"));
    var hierarchy = new ControlGroups.Hierarchy(root, "home1", true, Set.of());
    observer = new Observer(home, new ControlGroups(List.of(hierarchy)));
    folder = InstanceFolder.of(home, ADA);
    folder.create();
    group = Files.createDirectories(hierarchy.base().resolve("ada"));
    Files.writeString(group.resolve("cgroup.freeze"), "1\n");
    Files.writeString(group.resolve("cgroup.procs"), "");
    kills(1);
    mark(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    folder.keepNap(new NapRecord("n1", 1, List.of(NO_SWAP)));
  }

  @Test
  void what_its_doze_did_not_save_is_told() {
    assertThat(observer.observe(ADA))
        .isInstanceOfSatisfying(
            Frozen.class,
            frozen -> assertThat(frozen.awake().shortfalls()).containsExactly(NO_SWAP));
  }

  @Test
  void what_another_life_did_not_save_is_not() throws IOException {
    folder.keepNap(new NapRecord("n0", 0, List.of(NO_SWAP)));

    assertThat(observer.observe(ADA))
        .isInstanceOfSatisfying(
            Frozen.class, frozen -> assertThat(frozen.awake().shortfalls()).isEmpty());
  }

  @Test
  void one_that_the_host_killed_for_its_memory_exited_though_its_root_is_frozen()
      throws IOException {
    kills(2);

    assertThat(observer.observe(ADA))
        .isInstanceOfSatisfying(
            Exited.class,
            exited -> {
              assertThat(exited.code()).isEqualTo(137);
              assertThat(exited.advice()).startsWith("The host ran short of memory");
            });
  }

  @Test
  void one_that_dozed_when_the_host_restarted_exited() throws IOException {
    mark("another-boot");

    Observation seen = observer.observe(ADA);

    assertThat(seen)
        .isEqualTo(
            new Exited(-1, "The host restarted while the instance ran; it can be started again."));
  }

  private void kills(int count) throws IOException {
    Files.writeString(group.resolve("memory.events"), "oom 0\noom_kill %d\n".formatted(count));
  }

  private void mark(String boot) throws IOException {
    long pid = ProcessHandle.current().pid();
    folder.write(
        "lifemark",
        "pid=%d\nstart=%d\nboot=%s\ngeneration=1\nnonce=n1\n"
            .formatted(pid, Proc.startTicks(pid).orElseThrow(), boot));
  }
}
