package io.rockpool.runtime.process;

import io.rockpool.runtime.process.Kernel.Range;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The memory that an instance used between a wake and the next doze: what it will want first when
 * it wakes again.
 *
 * @param ranges by pid
 */
record WorkingSet(Map<Long, List<Range>> ranges) {
  /** Fetching more would take back what dozing is for; faults then bring only what is needed. */
  static final long MOST_BYTES = 352L << 20;

  private static final int MOST_RANGES = 90_000;

  WorkingSet {
    ranges = Map.copyOf(ranges);
  }

  /** The anonymous pages that these processes, frozen, have in RAM. */
  static WorkingSet of(Set<Long> pids) {
    var ranges = new LinkedHashMap<Long, List<Range>>();
    var pages = new PresentPages();
    for (var pid : pids) {
      var present = pages.of(pid);
      if (!present.isEmpty()) {
        ranges.put(pid, present);
      }
    }
    return new WorkingSet(ranges);
  }

  /** Whether fetching it is worth what it costs. */
  boolean worthwhile() {
    var bytes = ranges.values().stream().flatMap(List::stream).mapToLong(Range::length).sum();
    var count = ranges.values().stream().mapToLong(List::size).sum();
    return bytes > 0 && bytes <= MOST_BYTES && count <= MOST_RANGES;
  }

  /** One line for the life that it belongs to, then one for each range. */
  String text(String nonce) {
    var text = new StringBuilder(nonce).append('\n');
    ranges.forEach((pid, list) -> {
      for (var range : list) {
        text.append(pid).append(' ');
        text.append(Long.toHexString(range.start())).append(' ');
        text.append(Long.toHexString(range.end())).append('\n');
      }
    });
    return text.toString();
  }

  /** Empty when it belongs to another life, or was not written completely. */
  static Optional<WorkingSet> parse(String nonce, String text) {
    var lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(nonce)) {
      return Optional.empty();
    }
    var ranges = new LinkedHashMap<Long, List<Range>>();
    try {
      for (var line : lines.subList(1, lines.size())) {
        var fields = line.split(" ", -1);
        var range = new Range(Long.parseLong(fields[1], 16), Long.parseLong(fields[2], 16));
        ranges.computeIfAbsent(Long.parseLong(fields[0]), _ -> new ArrayList<>()).add(range);
      }
    } catch (NumberFormatException | IndexOutOfBoundsException broken) {
      return Optional.empty();
    }
    return Optional.of(new WorkingSet(ranges));
  }
}
