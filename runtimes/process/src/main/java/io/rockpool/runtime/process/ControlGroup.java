package io.rockpool.runtime.process;

import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * The control group of one instance: one folder per hierarchy, all with the same members.
 *
 * @param shortfalls the limits that could not be set
 */
record ControlGroup(List<Path> folders, List<Shortfall> shortfalls) {
  private static final Duration RECLAIM_AT_MOST = Duration.ofSeconds(3);
  private static final long LITTLE = 1L << 20;

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
    for (var folder : folders) {
      var freezer = folder.resolve("freezer.state");
      if (Files.exists(freezer)) {
        Files.writeString(freezer, "THAWED"); // here a frozen process does not even die
      }
    }
  }

  /**
   * Gives back as much of its memory as swap can take and as files hold anyway. Pages that were
   * written out stay in RAM, as a cache of the swap, until they are reclaimed like this.
   *
   * @return whether it has a hierarchy that can
   */
  boolean reclaim() throws IOException, InterruptedException {
    for (var folder : folders) {
      var version2 = folder.resolve("memory.reclaim");
      if (Files.isWritable(version2)) {
        reclaim(folder.resolve("memory.current"), version2, Long::toString);
        return true;
      }
      var version1 = folder.resolve("memory.force_empty");
      if (Files.isWritable(version1)) {
        reclaim(folder.resolve("memory.usage_in_bytes"), version1, _ -> "0");
        return true;
      }
    }
    return false;
  }

  /**
   * The kernel spares, once, what was used twice, and what is being read or written just now: it
   * takes rounds, until one brings nothing and nothing is left that could be had.
   */
  private static void reclaim(Path charge, Path order, LongFunction<String> words)
      throws IOException, InterruptedException {
    var _ =
        Waiting.atMost(
            RECLAIM_AT_MOST,
            () -> {
              long before = Long.parseLong(Files.readString(charge).strip());
              try {
                Files.writeString(order, words.apply(before));
              } catch (IOException notAll) {
                // what was reclaimed until there stays so
              }
              long freed = before - Long.parseLong(Files.readString(charge).strip());
              return freed < LITTLE && swapCache(charge.resolveSibling("memory.stat")) < LITTLE;
            });
  }

  private static long swapCache(Path stat) throws IOException {
    return Files.readAllLines(stat).stream()
        .filter(line -> line.startsWith("swapcached "))
        .mapToLong(line -> Long.parseLong(line.substring("swapcached ".length()).strip()))
        .sum();
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
  void remove() throws IOException, InterruptedException {
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
