package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written where. That the kernel acts on it is seen in {@link LifeAndDeathTest}. */
class ControlGroupsTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final Limits LIMITS = new Limits(1L << 30, 1500, 200);

  @TempDir Path root;

  @Test
  void version_2_hands_its_controllers_down_and_holds_all_limits() throws Exception {
    var top = version2(root, "cpuset cpu io memory pids");
    version2(top.resolve("rockpool"), "");
    var base = version2(top.resolve("rockpool/home1"), "");

    var group = probe(List.of(mount(top, "cgroup2", "rw"))).create(ADA, LIMITS);

    assertThat(group.shortfalls()).isEmpty();
    assertThat(group.folders()).containsExactly(base.resolve("ada"));
    assertThat(top.resolve("cgroup.subtree_control")).content().startsWith("+");
    assertThat(base.resolve("ada/memory.max")).hasContent("1073741824");
    assertThat(base.resolve("ada/cpu.max")).hasContent("150000 100000");
    assertThat(base.resolve("ada/pids.max")).hasContent("203");
  }

  @Test
  void version_1_has_a_folder_for_each_controller() throws Exception {
    var memory = Files.createDirectories(root.resolve("memory"));
    var cpu = Files.createDirectories(root.resolve("cpu"));
    var pids = Files.createDirectories(root.resolve("pids"));

    var group =
        probe(
                List.of(
                    mount(memory, "cgroup", "rw,memory"),
                    mount(cpu, "cgroup", "rw,cpu,cpuacct"),
                    mount(pids, "cgroup", "rw,pids")))
            .create(ADA, LIMITS);

    assertThat(group.shortfalls()).isEmpty();
    assertThat(group.folders()).hasSize(3);
    assertThat(memory.resolve("rockpool/home1/ada/memory.limit_in_bytes")).hasContent("1073741824");
    assertThat(cpu.resolve("rockpool/home1/ada/cpu.cfs_quota_us")).hasContent("150000");
    assertThat(pids.resolve("rockpool/home1/ada/pids.max")).hasContent("203");
  }

  @Test
  void homes_that_come_and_go_at_once_find_all_there_is() throws Exception {
    var mounts =
        List.of(mount(Files.createDirectories(root.resolve("freezer")), "cgroup", "rw,freezer"));
    var found = new ArrayList<Future<Integer>>();
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 2_000; i++) {
        var home = "home" + i;
        // Each removes what it made, and what all share while nothing else is in it.
        found.add(
            threads.submit(() -> {
              var groups = ControlGroups.probe(home, mounts, List.of("0::/"), 4711);
              int folders = groups.create(ADA, LIMITS).folders().size();
              groups.remove(ADA);
              groups.tidy();
              return folders;
            }));
      }
    }

    assertThat(found).extracting(Future::resultNow).containsOnly(1);
  }

  @Test
  void the_freezer_of_version_1_is_for_hosts_without_version_2() throws Exception {
    var top = version2(root.resolve("unified"), "");
    version2(top.resolve("rockpool"), "");
    version2(top.resolve("rockpool/home1"), "");
    var freezer = Files.createDirectories(root.resolve("freezer"));
    var mounts = List.of(mount(freezer, "cgroup", "rw,freezer"), mount(top, "cgroup2", "rw"));

    assertThat(probe(mounts).create(ADA, LIMITS).folders())
        .containsExactly(top.resolve("rockpool/home1/ada"));
    assertThat(probe(mounts.subList(0, 1)).create(ADA, LIMITS).folders())
        .containsExactly(freezer.resolve("rockpool/home1/ada"));
  }

  @Test
  void what_cannot_be_held_is_told() throws Exception {
    var group = probe(List.of()).create(ADA, LIMITS);

    assertThat(group.folders()).isEmpty();
    assertThat(group.shortfalls())
        .extracting(Shortfall::name)
        .containsExactly("MemoryLimit", "CpuLimit", "ProcessLimit");
  }

  @Test
  void kills_for_want_of_memory_are_counted_in_both_versions() throws IOException {
    var version1 = Files.createDirectories(root.resolve("one"));
    Files.writeString(
        version1.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
    var version2 = Files.createDirectories(root.resolve("two"));
    Files.writeString(version2.resolve("memory.events"), "low 0\nhigh 0\noom 1\noom_kill 3\n");

    assertThat(new ControlGroup(List.of(version1), List.of()).outOfMemoryKills()).isEqualTo(2);
    assertThat(new ControlGroup(List.of(version2), List.of()).outOfMemoryKills()).isEqualTo(3);
    assertThat(new ControlGroup(List.of(), List.of()).outOfMemoryKills()).isZero();
  }

  @Test
  void version_2_is_asked_to_give_back_all_that_it_is_charged_with() throws Exception {
    var folder = Files.createDirectories(root.resolve("two"));
    Files.writeString(folder.resolve("memory.current"), "123456789\n");
    Files.writeString(folder.resolve("memory.stat"), "anon 123450000\nswapcached 4096\n");
    Files.writeString(folder.resolve("memory.reclaim"), "");

    assertThat(new ControlGroup(List.of(folder), List.of()).reclaim()).isTrue();
    assertThat(new ControlGroup(List.of(root), List.of()).reclaim()).isFalse();

    assertThat(folder.resolve("memory.reclaim")).hasContent("123456789");
  }

  private static ControlGroups probe(List<String> mounts) {
    return ControlGroups.probe("home1", mounts, List.of("0::/"), 4711);
  }

  private static Path version2(Path folder, String controllers) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("cgroup.controllers"), controllers);
    Files.writeString(folder.resolve("cgroup.subtree_control"), "");
    Files.writeString(folder.resolve("cgroup.procs"), "1\n2\n");
    return folder;
  }

  private static String mount(Path point, String type, String options) {
    return "31 23 0:28 / %s rw,relatime - %s cgroup %s".formatted(point, type, options);
  }
}
