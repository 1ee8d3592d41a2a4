package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where this host's kernel lets us hold limits: version 2, the hierarchies of version 1, or both
 * side by side. What is there is tried, not concluded from a version.
 *
 * <p>Groups are {@code TOP/rockpool/HOME/ID}. {@code TOP} is the hierarchy's root where we may
 * write there, so that a server finds its instances again from wherever it is started next; else
 * our own group, when it was delegated to us.
 */
final class ControlGroups {
  private static final String OURS = "rockpool";
  private static final int ATTEMPTS = 10;
  private static final String FREEZER = "freezer";
  private static final Set<String> WANTED = Set.of("memory", "cpu", "pids", FREEZER);

  /**
   * A place for groups.
   *
   * @param top the hierarchy's root, or our own group
   * @param home names the server's home
   * @param controllers which of memory, cpu, pids and freezer work here; none is fine for version
   *     2, which still lists, freezes and kills the members
   */
  record Hierarchy(Path top, String home, boolean version2, Set<String> controllers) {
    Hierarchy {
      controllers = Set.copyOf(controllers);
    }

    /** The folder of all homes. */
    Path ours() {
      return top.resolve(OURS);
    }

    Path base() {
      return ours().resolve(home);
    }

    /**
     * Makes a folder below the home's, with all above it, which hand their controllers down.
     * Another server, or another thread, that tidies may remove one between two steps. Which error
     * then comes depends on the step: that a folder is not there, that it is there and yet no
     * folder ({@link Files#createDirectories}), or that the kernel has no such device.
     *
     * @param name of the folder; empty for the home's own
     */
    Path make(String name) throws IOException {
      for (int attempt = 1; ; attempt++) {
        try {
          Files.createDirectories(base());
          handDown();
          return Files.createDirectories(base().resolve(name));
        } catch (IOException e) {
          if (attempt == ATTEMPTS) {
            throw e;
          }
        }
      }
    }

    private void handDown() throws IOException {
      if (version2) {
        for (var folder : List.of(top, ours(), base())) {
          var missing = new ArrayList<>(controllers);
          missing.removeAll(words(folder.resolve("cgroup.subtree_control")));
          for (var controller : missing) {
            write(folder, "cgroup.subtree_control", "+" + controller);
          }
        }
      }
    }

    /** Removes the folders above the groups where no group is left: rmdir takes only empty ones. */
    void tidy() {
      if (base().toFile().delete()) {
        boolean _ = ours().toFile().delete();
      }
    }
  }

  private final List<Hierarchy> hierarchies;

  ControlGroups(List<Hierarchy> hierarchies) {
    this.hierarchies = List.copyOf(hierarchies);
  }

  /**
   * Looks at what is mounted and makes our folders there.
   *
   * @param home names this server's home among others on the host
   */
  static ControlGroups probe(String home) {
    try {
      return probe(
          home,
          Files.readAllLines(Path.of("/proc/self/mountinfo")),
          Files.readAllLines(Path.of("/proc/self/cgroup")),
          ProcessHandle.current().pid());
    } catch (IOException noProc) {
      return new ControlGroups(List.of());
    }
  }

  static ControlGroups probe(
      String home, List<String> mountinfo, List<String> ownGroups, long ownPid) {
    var found = new ArrayList<Hierarchy>();
    for (var mount : Mount.parse(mountinfo)) {
      if (!mount.version2() && mount.controllers().isEmpty()) {
        continue; // systemd's own, or one that we need nothing of
      }
      if (mount.controllers().equals(Set.of(FREEZER))
          && found.stream().anyMatch(Hierarchy::version2)) {
        continue; // version 2 freezes better: what is killed there dies at once
      }
      for (var top : tops(mount, ownGroups)) {
        var hierarchy = prepare(top, mount, home, ownPid);
        if (hierarchy.isPresent()) {
          found.add(hierarchy.get());
          break;
        }
      }
    }
    return new ControlGroups(found);
  }

  /** A fresh group with these limits; what was left of an older one is ended and removed. */
  ControlGroup create(InstanceId id, Limits limits) throws IOException, InterruptedException {
    remove(id);
    var held = new LinkedHashSet<String>();
    var folders = new ArrayList<Path>();
    for (var hierarchy : hierarchies) {
      var folder = hierarchy.make(id.value());
      folders.add(folder);
      for (var controller : hierarchy.controllers()) {
        if (limit(folder, controller, hierarchy.version2(), limits)) {
          held.add(controller);
        }
      }
    }
    return new ControlGroup(folders, shortfalls(held));
  }

  /** The group as it is now; without folders when there is none. */
  ControlGroup find(InstanceId id) {
    return new ControlGroup(
        hierarchies.stream()
            .map(hierarchy -> hierarchy.base().resolve(id.value()))
            .filter(Files::isDirectory)
            .toList(),
        List.of());
  }

  /** Whose groups there are. */
  Set<InstanceId> list() throws IOException {
    var found = new TreeSet<InstanceId>();
    for (var hierarchy : hierarchies) {
      if (Files.isDirectory(hierarchy.base())) {
        try (var entries = Files.newDirectoryStream(hierarchy.base(), Files::isDirectory)) {
          for (var entry : entries) {
            var name = entry.getFileName().toString();
            if (InstanceId.isValid(name)) {
              found.add(new InstanceId(name));
            }
          }
        }
      }
    }
    return found;
  }

  /** Ends what is in the instance's group and removes it. */
  void remove(InstanceId id) throws IOException, InterruptedException {
    var group = find(id);
    group.kill();
    group.remove();
  }

  /** Removes our folders where no instance is left. */
  void tidy() {
    hierarchies.forEach(Hierarchy::tidy);
  }

  private static boolean limit(Path folder, String controller, boolean version2, Limits limits)
      throws IOException {
    var period = 100_000; // microseconds
    return switch (controller) {
      case "memory" -> {
        var bytes = Long.toString(limits.memoryBytes());
        if (version2) {
          write(folder, "memory.max", bytes);
          // Memory and swap have separate limits here. All of its memory has to fit into swap, or
          // it could not doze; so together they may be twice as much.
          yield writeIfThere(folder, "memory.swap.max", bytes);
        }
        write(folder, "memory.limit_in_bytes", bytes);
        yield writeIfThere(folder, "memory.memsw.limit_in_bytes", bytes);
      }
      case "cpu" -> {
        var quota = Math.max(1_000, limits.milliCpus() * (period / 1_000));
        if (version2) {
          write(folder, "cpu.max", quota + " " + period);
        } else {
          write(folder, "cpu.cfs_period_us", Integer.toString(period));
          write(folder, "cpu.cfs_quota_us", Integer.toString(quota));
        }
        yield true;
      }
      case "pids" -> {
        write(folder, "pids.max", Integer.toString(limits.processes() + Launcher.OWN_PROCESSES));
        yield true;
      }
      case FREEZER -> false; // no limit
      default -> throw new IllegalArgumentException(controller);
    };
  }

  private static List<Shortfall> shortfalls(Set<String> held) {
    var missing = new ArrayList<Shortfall>();
    var cure =
        "Run Rockpool as root, or in a control group that is delegated to its user"
            + " (systemd-run --user --scope -p Delegate=yes).";
    if (!held.contains("memory")) {
      missing.add(
          new Shortfall(
              "MemoryLimit",
              "The instance may take all of the host's memory and swap, because no control group"
                  + " can hold it to its limit. "
                  + cure));
    }
    if (!held.contains("cpu")) {
      missing.add(
          new Shortfall(
              "CpuLimit",
              "The instance may take all processor time, because no control group can hold it to"
                  + " its limit. "
                  + cure));
    }
    if (!held.contains("pids")) {
      missing.add(
          new Shortfall(
              "ProcessLimit",
              "The instance may start any number of processes, because no control group can hold it"
                  + " to its limit. "
                  + cure));
    }
    return missing;
  }

  private static List<Path> tops(Mount mount, List<String> ownGroups) {
    var tops = new ArrayList<Path>();
    tops.add(mount.point());
    for (var line : ownGroups) { // ID:CONTROLLERS:PATH, see cgroups(7)
      var parts = line.split(":", 3);
      var ours =
          mount.version2()
              ? parts[0].equals("0")
              : mount.controllers().stream().anyMatch(List.of(parts[1].split(","))::contains);
      if (ours && parts[2].startsWith(mount.root()) && !parts[2].equals(mount.root())) {
        var below = parts[2].substring(mount.root().length());
        tops.add(mount.point().resolve(below.startsWith("/") ? below.substring(1) : below));
      }
    }
    return tops;
  }

  private static Optional<Hierarchy> prepare(Path top, Mount mount, String home, long ownPid) {
    try {
      var controllers = mount.controllers();
      if (mount.version2()) {
        var there = words(top.resolve("cgroup.controllers"));
        controllers = Set.copyOf(WANTED.stream().filter(there::contains).toList());
        if (!controllers.isEmpty()) {
          leaveAlone(top, ownPid);
        }
      }
      var hierarchy = new Hierarchy(top, home, mount.version2(), controllers);
      var _ = hierarchy.make("");
      hierarchy.tidy();
      return Optional.of(hierarchy);
    } catch (IOException notOurs) {
      return Optional.empty();
    }
  }

  /**
   * A version 2 group below the root cannot give controllers to its children while it has processes
   * itself. Where that process is only us, we step aside.
   */
  private static void leaveAlone(Path top, long ownPid) throws IOException {
    var members = words(top.resolve("cgroup.procs"));
    if (members.equals(List.of(Long.toString(ownPid)))) {
      var aside = top.resolve(OURS + "-control");
      Files.createDirectories(aside);
      write(aside, "cgroup.procs", Long.toString(ownPid));
    }
  }

  private static List<String> words(Path file) throws IOException {
    var text = Files.readString(file).strip();
    return text.isEmpty() ? List.of() : List.of(text.split("\\s+"));
  }

  private static void write(Path folder, String file, String value) throws IOException {
    Files.writeString(folder.resolve(file), value);
  }

  /** False where the kernel counts no swap, so that the limit is for memory alone. */
  private static boolean writeIfThere(Path folder, String file, String value) throws IOException {
    if (Files.exists(folder.resolve(file))) {
      write(folder, file, value);
      return true;
    }
    // Without swap on the host the limit still holds all there is.
    return Files.readAllLines(Path.of("/proc/swaps")).size() <= 1;
  }

  /**
   * A mounted hierarchy, from proc_pid_mountinfo(5).
   *
   * @param root the group that is mounted there; {@code /} but for containers
   */
  private record Mount(Path point, String root, boolean version2, Set<String> controllers) {
    static List<Mount> parse(List<String> mountinfo) {
      var mounts = new LinkedHashMap<Path, Mount>();
      for (var line : mountinfo) {
        var halves = line.split(" - ", 2);
        var front = halves[0].split(" ", -1);
        var back = halves[1].split(" ", -1);
        var version2 = back[0].equals("cgroup2");
        if (version2 || back[0].equals("cgroup")) {
          var point = Path.of(front[4]);
          var options = new LinkedHashSet<>(List.of(back[2].split(",")));
          options.retainAll(WANTED);
          mounts.put(point, new Mount(point, front[3], version2, version2 ? Set.of() : options));
        }
      }
      return version2First(mounts);
    }

    private static List<Mount> version2First(Map<Path, Mount> mounts) {
      var ordered = new ArrayList<>(mounts.values());
      ordered.sort(Comparator.comparing(mount -> !mount.version2()));
      return ordered;
    }
  }
}
