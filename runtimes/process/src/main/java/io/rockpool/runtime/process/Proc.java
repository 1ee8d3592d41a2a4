package io.rockpool.runtime.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads the process table. */
final class Proc {
  private static final int STATE = 0; // fields behind the program's name, counted from 0
  private static final int PARENT = 1;
  private static final int CPU = 11; // utime, stime, cutime, cstime
  private static final int START_TICKS = 19;
  private static final long TICK_MILLIS = 10; // USER_HZ is 100 wherever Linux runs OpenClaw

  /** When the process started; empty when there is none, or only its unread exit status. */
  static Optional<Long> startTicks(long pid) {
    return fields(pid)
        .filter(fields -> !fields[STATE].equals("Z") && !fields[STATE].equals("X"))
        .map(fields -> Long.parseLong(fields[START_TICKS]));
  }

  /** The letter of its state, see proc_pid_stat(5); empty when there is no such process. */
  static Optional<String> state(long pid) {
    return fields(pid).map(fields -> fields[STATE]);
  }

  /** Processor time that it and those children used that ended; zero when it is gone. */
  static Duration cpu(long pid) {
    return fields(pid)
        .map(fields ->
            Duration.ofMillis(
                Arrays.stream(fields, CPU, CPU + 4).mapToLong(Long::parseLong).sum() * TICK_MILLIS))
        .orElse(Duration.ZERO);
  }

  /** The living children of any of these, as the table is now. */
  static List<Long> childrenOf(List<Long> parents) throws IOException {
    var children = new ArrayList<Long>();
    try (var entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (var entry : entries) {
        var pid = Long.parseLong(entry.getFileName().toString());
        fields(pid)
            .filter(fields -> !fields[STATE].equals("Z"))
            .filter(fields -> parents.contains(Long.parseLong(fields[PARENT])))
            .ifPresent(_ -> children.add(pid));
      }
    }
    return children;
  }

  /** Whether we are root, by the effective user id. */
  static boolean isRoot() {
    return ownUser() == 0;
  }

  /** Our effective user id, the second number of the status' {@code Uid} line. */
  static long ownUser() {
    return ownId("Uid:");
  }

  static long ownGroup() {
    return ownId("Gid:");
  }

  private static long ownId(String line) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(it -> it.startsWith(line))
          .map(it -> Long.parseLong(it.split("\\s+", -1)[2]))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /proc/self/status", e);
    }
  }

  private static Optional<String[]> fields(long pid) {
    try {
      var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The program's name, in brackets, may itself hold blanks and brackets: count from the last.
      return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ", -1));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private Proc() {}
}
