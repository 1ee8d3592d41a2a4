package io.rockpool.control.money;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Currency;

/**
 * What a unit of one currency is worth in another.
 *
 * @param nanos billionths of {@code to} for one unit of {@code from}; 1 or more
 */
public record Rate(Currency from, Currency to, long nanos) {
  private static final BigInteger UNIT = BigInteger.valueOf(1_000_000_000);
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  public Rate {
    if (nanos < 1 || from.equals(to)) {
      throw new IllegalArgumentException(
          "a rate is more than 0, and between two different currencies");
    }
  }

  /**
   * Reads a decimal, e.g. {@code 7.1}.
   *
   * @throws IllegalArgumentException when it is none, is 0, or has more than nine digits before or
   *     after the point
   */
  public static Rate parse(Currency from, Currency to, String rate) {
    if (!rate.matches("[0-9]{1,9}(\\.[0-9]{1,9})?")) {
      throw new IllegalArgumentException(
          "a rate is a decimal such as 7.1, with up to nine digits before the point and nine after it");
    }
    var nanos = new BigDecimal(rate).setScale(9, RoundingMode.UNNECESSARY);
    return new Rate(from, to, nanos.unscaledValue().longValueExact());
  }

  /** What so many billionths of {@code from} are worth in {@code to}, rounded up. */
  public long up(long amount) {
    return rounded(times(amount, nanos), UNIT, RoundingMode.CEILING);
  }

  /** How many billionths of {@code from} so many of {@code to} pay for, rounded down. */
  public long down(long amount) {
    return rounded(
        BigInteger.valueOf(amount).multiply(UNIT), BigInteger.valueOf(nanos), RoundingMode.FLOOR);
  }

  private static BigInteger times(long one, long other) {
    return BigInteger.valueOf(one).multiply(BigInteger.valueOf(other));
  }

  private static long rounded(BigInteger dividend, BigInteger divisor, RoundingMode mode) {
    return new BigDecimal(dividend)
        .divide(new BigDecimal(divisor), 0, mode)
        .toBigInteger()
        .min(MOST)
        .max(MOST.negate())
        .longValueExact();
  }

  /** The decimal, e.g. {@code 7.1}. */
  public String text() {
    return BigDecimal.valueOf(nanos, 9).stripTrailingZeros().toPlainString();
  }
}
