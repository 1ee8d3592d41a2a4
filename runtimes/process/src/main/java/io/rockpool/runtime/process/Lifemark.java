package io.rockpool.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Optional;

/**
 * Tells our process from a stranger that was given the same pid later.
 *
 * @param startTicks field 22 of {@code /proc/PID/stat}, in clock ticks since boot
 *     (proc_pid_stat(5)); unlike a wall-clock time it does not move when the clock is set
 * @param boot the kernel's id of the boot: after the next one, pid and ticks mean nothing
 * @param nonce new for every start
 */
record Lifemark(long pid, long startTicks, String boot, long generation, String nonce) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** Empty when there is none, or none that was written completely. */
  static Optional<Lifemark> read(Path file) {
    try {
      var fields = new HashMap<String, String>();
      for (var line : Files.readAllLines(file)) {
        var equals = line.indexOf('=');
        if (equals > 0) {
          fields.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
      return Optional.of(
          new Lifemark(
              Long.parseLong(fields.getOrDefault("pid", "")),
              Long.parseLong(fields.getOrDefault("start", "")),
              fields.getOrDefault("boot", ""),
              Long.parseLong(fields.getOrDefault("generation", "")),
              fields.getOrDefault("nonce", "")));
    } catch (IOException | NumberFormatException absent) {
      return Optional.empty();
    }
  }

  boolean alive() {
    return thisBoot() && Proc.startTicks(pid).filter(ticks -> ticks == startTicks).isPresent();
  }

  boolean thisBoot() {
    try {
      return boot.equals(Files.readString(BOOT_ID).strip());
    } catch (IOException e) {
      return false;
    }
  }
}
