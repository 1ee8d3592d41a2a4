package io.rockpool.control.billing;

import java.time.Duration;

/**
 * What an operator grants to whoever does not pay.
 *
 * @param grace how long instances run on after the paid time, while the provider tries again
 * @param dataKept how long their data is kept for certain after they stopped
 */
public record Terms(Duration grace, Duration dataKept) {
  public static final Terms DEFAULT = new Terms(Duration.ofDays(7), Duration.ofDays(30));

  public Terms {
    if (grace.isNegative()) {
      throw new IllegalArgumentException("payments.grace is less than nothing: set 0s or more");
    }
    if (dataKept.compareTo(Duration.ofDays(1)) < 0) {
      throw new IllegalArgumentException(
          "payments.data-kept is %s: set 1d or more".formatted(dataKept));
    }
  }
}
