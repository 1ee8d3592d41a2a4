package io.rockpool.runtime.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What this host holds of one home, looked up without the driver. */
record Traces(Path home) {
  /** Pids of what has a path of the home in its command line, or a user id of the home. */
  Set<Long> processes() throws IOException {
    var users = new ArrayList<String>();
    for (var folder : InstanceFolder.list(home)) {
      folder.number("user").map(user -> "Uid:\t%d\t".formatted(user)).ifPresent(users::add);
    }
    var found = new TreeSet<Long>();
    try (var entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (var entry : entries) {
        var line = read(entry.resolve("cmdline"));
        var status = read(entry.resolve("status"));
        if (!line.isEmpty()
            && (line.contains(home + "/") || users.stream().anyMatch(status::contains))) {
          found.add(Long.parseLong(entry.getFileName().toString()));
        }
      }
    }
    return found;
  }

  /** A process and all below it. */
  static Set<Long> tree(long pid) {
    var tree = new TreeSet<Long>();
    ProcessHandle.of(pid)
        .ifPresent(root -> {
          tree.add(pid);
          root.descendants().map(ProcessHandle::pid).forEach(tree::add);
        });
    return tree;
  }

  /** The folders of its control groups, one for each hierarchy that has any. */
  Set<Path> groups() throws IOException {
    var groups = new TreeSet<Path>();
    for (var base : TestHost.groupsOf(home)) {
      try (var entries = Files.newDirectoryStream(base, Files::isDirectory)) {
        entries.forEach(groups::add);
      }
    }
    return groups;
  }

  /** What is in its control groups, each with its state: it may be on its way out. */
  Set<String> members() throws IOException {
    var members = new TreeSet<String>();
    for (var group : groups()) {
      for (var pid : members(group)) {
        members.add(read(Path.of("/proc", pid.toString(), "stat")).strip());
      }
    }
    return members;
  }

  static Set<Long> members(Path group) throws IOException {
    return Files.readAllLines(group.resolve("cgroup.procs")).stream()
        .map(Long::parseLong)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The rules of its loopback filter; empty when it has no table. */
  Optional<String> rules() throws IOException, InterruptedException {
    var table = "rockpool_" + ProcessDriver.hash(home);
    var result =
        Tool.run(Duration.ofSeconds(10), "", List.of("nft", "list", "table", "inet", table));
    return Optional.of(result).filter(Tool.Result::good).map(Tool.Result::output);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }
}
