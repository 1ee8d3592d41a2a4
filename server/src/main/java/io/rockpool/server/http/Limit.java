package io.rockpool.server.http;

import java.util.Optional;

/**
 * How many items of a list to show. A request record declares it as {@code Optional<Limit>}.
 *
 * @param value 1 to 200
 */
public record Limit(int value) {
  public static final int MOST = 200;
  public static final Limit DEFAULT = new Limit(50);

  public Limit {
    if (value < 1 || value > MOST) {
      throw new IllegalArgumentException("must be 1 to %d".formatted(MOST));
    }
  }

  /** What was asked for, or the default. */
  public static int of(Optional<Limit> limit) {
    return limit.orElse(DEFAULT).value();
  }
}
