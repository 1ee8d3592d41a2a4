package io.rockpool.runtime;

import java.util.List;

/**
 * Whole lines of an instance's output, without their line ends, oldest first.
 *
 * @param next the position behind the last line: read on from here
 */
public record LogPage(List<String> lines, long next) {
  public LogPage {
    lines = List.copyOf(lines);
  }
}
