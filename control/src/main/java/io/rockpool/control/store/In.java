package io.rockpool.control.store;

import java.util.ArrayList;
import java.util.List;

/**
 * Lists for {@code IN (…)}. Their lengths are powers of two, the last value said again, so that
 * there are few statements for a database to prepare.
 */
public final class In {
  /** A question mark for each of so many values, 1 or more. */
  public static String places(int values) {
    return "?" + ", ?".repeat(length(values) - 1);
  }

  /** The values for these, 1 or more. */
  public static Object[] values(List<String> values) {
    var all = new ArrayList<Object>(values);
    while (all.size() < length(values.size())) {
      all.add(values.getLast());
    }
    return all.toArray();
  }

  private static int length(int values) {
    int highest = Integer.highestOneBit(values);
    return highest == values ? values : highest * 2;
  }

  private In() {}
}
