package io.rockpool.runtime.process;

import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads what a tree of processes uses: from its control group, else from each of them. */
record Meter(ProcessTree tree) {
  /** Memory and swap, in bytes. */
  private record Memory(long ram, long swap) {}

  /** Empty where neither tells us. */
  Optional<Usage> usage() {
    try {
      var memory = charged().or(this::summed);
      if (memory.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new Usage(memory.get().ram(), memory.get().swap(), cpu(), tree.root().nonce()));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /**
   * As the control group has it. Files that were read or written once, and that nobody maps, are
   * charged to the group as well; they are as good as free, and not what the instance holds.
   */
  private Optional<Memory> charged() {
    for (var folder : tree.group().folders()) {
      var version2 = number(folder.resolve("memory.current"));
      if (version2.isPresent()) {
        var idle = named(folder.resolve("memory.stat")).getOrDefault("inactive_file", 0L);
        return Optional.of(
            new Memory(
                Math.max(0, version2.getAsLong() - idle),
                number(folder.resolve("memory.swap.current")).orElse(0)));
      }
      var version1 = number(folder.resolve("memory.usage_in_bytes"));
      if (version1.isPresent()) {
        var idle = named(folder.resolve("memory.stat")).getOrDefault("total_inactive_file", 0L);
        return Optional.of(
            new Memory(
                Math.max(0, version1.getAsLong() - idle),
                Math.max(
                    0,
                    number(folder.resolve("memory.memsw.usage_in_bytes")).orElse(0)
                        - version1.getAsLong())));
      }
    }
    return Optional.empty();
  }

  /** The proportional shares of all that let us see; empty when none does. */
  private Optional<Memory> summed() {
    try {
      long ram = 0;
      long swap = 0;
      var seen = false;
      for (var pid : tree.pids()) {
        var shares = named(Path.of("/proc", Long.toString(pid), "smaps_rollup"));
        seen |= shares.containsKey("Pss:");
        ram += shares.getOrDefault("Pss:", 0L) << 10;
        swap += shares.getOrDefault("SwapPss:", 0L) << 10;
      }
      return seen ? Optional.of(new Memory(ram, swap)) : Optional.empty();
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private Duration cpu() throws IOException {
    for (var folder : tree.group().folders()) {
      var micros = named(folder.resolve("cpu.stat")).get("usage_usec");
      if (micros != null) {
        return Duration.ofNanos(micros * 1_000);
      }
      var nanos = number(folder.resolve("cpuacct.usage"));
      if (nanos.isPresent()) {
        return Duration.ofNanos(nanos.getAsLong());
      }
    }
    var sum = Duration.ZERO;
    for (var pid : tree.pids()) {
      sum = sum.plus(Proc.cpu(pid));
    }
    return sum;
  }

  /** The host's, from proc_meminfo(5). */
  static HostMemory ofThisHost() {
    var file = Path.of("/proc/meminfo");
    var all = named(file);
    if (all.isEmpty()) {
      throw new UncheckedIOException(new IOException("cannot read " + file));
    }
    long total = all.getOrDefault("MemTotal:", 0L) << 10;
    long swap = all.getOrDefault("SwapTotal:", 0L) << 10;
    return new HostMemory(
        total,
        Math.min(total, all.getOrDefault("MemAvailable:", 0L) << 10),
        swap,
        Math.min(swap, all.getOrDefault("SwapFree:", 0L) << 10));
  }

  private static OptionalLong number(Path file) {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
    } catch (IOException | NumberFormatException absent) {
      return OptionalLong.empty();
    }
  }

  /** The numbers of a file of lines that begin with a name and a number; empty when it is gone. */
  private static Map<String, Long> named(Path file) {
    var numbers = new HashMap<String, Long>();
    try {
      for (var line : Files.readAllLines(file)) {
        var words = line.strip().split("\\s+", -1);
        if (words.length > 1 && words[1].matches("[0-9]{1,18}")) {
          numbers.put(words[0], Long.parseLong(words[1]));
        }
      }
    } catch (IOException gone) {
      return Map.of();
    }
    return numbers;
  }
}
