package io.rockpool.runtime.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Where this host can put memory that nobody uses just now. */
record Swap(List<Area> areas) {
  /** Less is taken for full: the kernel hands out swap in clusters. */
  private static final long ROOM = 4L << 20;

  enum Kind {
    /** Slow to read page by page, quick in long runs. */
    DISK,
    /** Compressed RAM: quick to read page by page. */
    ZRAM
  }

  record Area(Kind kind, long size, long used, int priority) {}

  Swap {
    areas = List.copyOf(areas);
  }

  static Swap ofThisHost() throws IOException {
    return parse(Files.readAllLines(Path.of("/proc/swaps")));
  }

  /**
   * @param lines as in proc_swaps(5): a heading, then name, type, size, used, priority; KiB
   */
  static Swap parse(List<String> lines) {
    return new Swap(
        lines.stream()
            .skip(1)
            .map(line -> line.strip().split("\\s+", -1))
            .map(fields ->
                new Area(
                    fields[0].startsWith("/dev/zram") ? Kind.ZRAM : Kind.DISK,
                    Long.parseLong(fields[2]) << 10,
                    Long.parseLong(fields[3]) << 10,
                    Integer.parseInt(fields[4])))
            .toList());
  }

  /** What is written to next; empty when there is none, or none has room. */
  Optional<Kind> next() {
    return areas.stream()
        .filter(area -> area.size() - area.used() >= ROOM)
        .max(Comparator.comparingInt(Area::priority))
        .map(Area::kind);
  }
}
