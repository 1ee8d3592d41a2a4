package io.rockpool.runtime;

import java.util.regex.Pattern;

/**
 * Names one instance, everywhere: in URLs, on the runtime, in the store.
 *
 * @param value 1 to 40 characters, lower-case letters, digits and inner dashes; the same rule as
 *     OpenClaw's tenant ids, and valid as a host name label and a file name
 */
public record InstanceId(String value) implements Comparable<InstanceId> {
  private static final Pattern SHAPE = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?");

  public InstanceId {
    if (!isValid(value)) {
      throw new IllegalArgumentException(
          "'%s' is no instance id: use 1 to 40 lower-case letters, digits and inner dashes"
              .formatted(value));
    }
  }

  /** Whether {@code text} could name an instance. */
  public static boolean isValid(String text) {
    return SHAPE.matcher(text).matches();
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
