package io.rockpool.runtime.process;

import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The control group of one instance: one folder per hierarchy, all with the same members.
 *
 * @param shortfalls the limits that could not be set
 */
record ControlGroup(List<Path> folders, List<Shortfall> shortfalls) {
  ControlGroup {
    folders = List.copyOf(folders);
    shortfalls = List.copyOf(shortfalls);
  }

  /** The pids of what is in it. */
  Set<Long> members() throws IOException {
    var members = new LinkedHashSet<Long>();
    for (var folder : folders) {
      try {
        for (var line : Files.readAllLines(folder.resolve("cgroup.procs"))) {
          members.add(Long.parseLong(line.strip()));
        }
      } catch (NoSuchFileException removed) {
        // then it had none
      }
    }
    return members;
  }

  /** Sends SIGKILL to all members, at once where the kernel can; they may take a moment to go. */
  void kill() throws IOException {
    for (var folder : folders) {
      var kill = folder.resolve("cgroup.kill");
      if (Files.exists(kill)) {
        Files.writeString(kill, "1");
      }
    }
    for (var pid : members()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  /** How many processes the kernel killed because the memory limit was reached. */
  long outOfMemoryKills() {
    for (var folder : folders) {
      for (var name : List.of("memory.events", "memory.oom_control")) {
        try {
          for (var line : Files.readAllLines(folder.resolve(name))) {
            if (line.startsWith("oom_kill ")) {
              return Long.parseLong(line.substring("oom_kill ".length()).strip());
            }
          }
        } catch (IOException notInThisHierarchy) {
          // look in the next one
        }
      }
    }
    return 0;
  }

  /** Removes the group; its members must be gone or going. */
  void remove() throws IOException {
    for (var folder : folders) {
      Waiting.atMost(
          Waiting.FOR_THE_KERNEL,
          () -> {
            kill();
            return folder.toFile().delete() || !Files.exists(folder);
          });
    }
  }
}
