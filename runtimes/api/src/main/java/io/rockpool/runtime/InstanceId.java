package io.rockpool.runtime;

/**
 * Names one instance, everywhere: in URLs, on the runtime, in the store.
 *
 * @param value 1 to 40 characters, lower-case letters, digits and inner dashes; the same rule as
 *     OpenClaw's tenant ids, and valid as a host name label and a file name
 */
public record InstanceId(String value) implements Comparable<InstanceId> {
  private static final int LONGEST = 40;

  public InstanceId {
    if (!isValid(value)) {
      throw new IllegalArgumentException(
          "'%s' is no instance id: use 1 to 40 lower-case letters, digits and inner dashes"
              .formatted(value));
    }
  }

  /** Whether {@code text} could name an instance. By hand: every request at the edge asks this. */
  public static boolean isValid(String text) {
    int last = text.length() - 1;
    if (last < 0 || last >= LONGEST) {
      return false;
    }
    for (int i = 0; i <= last; i++) {
      char c = text.charAt(i);
      boolean inner = i > 0 && i < last;
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && !(inner && c == '-')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int compareTo(InstanceId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
