package io.rockpool.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** The machine, as far as numbers depend on it (Linux). */
final class Machine {
  /** Runnable threads, averaged over the last minute: proc_loadavg(5). */
  static String load() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
  }

  /** One line about it. */
  static String describe(Instant now) throws IOException {
    return "%s · %d × %s · %s GiB · Linux %s · Java %s"
        .formatted(
            now.toString().substring(0, 10),
            Runtime.getRuntime().availableProcessors(),
            field("/proc/cpuinfo", "model name"),
            Long.parseLong(field("/proc/meminfo", "MemTotal").replace(" kB", "")) >> 20,
            System.getProperty("os.version"),
            Runtime.version());
  }

  /** Resident memory of a process in MB, by its kind, e.g. {@code VmRSS}: proc_pid_status(5). */
  static long megabytes(long pid, String kind) throws IOException {
    var kilobytes = field("/proc/" + pid + "/status", kind).replace(" kB", "");
    return Long.parseLong(kilobytes) * 1024 / 1_000_000;
  }

  /** A number of proc_meminfo(5), in bytes. */
  static long bytes(String name) throws IOException {
    return Long.parseLong(field("/proc/meminfo", name).replace(" kB", "")) << 10;
  }

  /** The first line that a program prints when it is asked for its version. */
  static String version(String... command) throws IOException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var lines = process.inputReader()) {
      var first = lines.readLine();
      lines.transferTo(java.io.Writer.nullWriter());
      return first == null ? "unknown" : first.strip();
    }
  }

  private static String field(String file, String name) throws IOException {
    return lines(file).stream()
        .filter(it -> it.startsWith(name))
        .map(it -> it.substring(it.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("0");
  }

  private static List<String> lines(String file) throws IOException {
    return Files.readAllLines(Path.of(file));
  }

  private Machine() {}
}
