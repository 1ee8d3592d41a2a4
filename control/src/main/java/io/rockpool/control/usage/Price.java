package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import java.math.BigInteger;
import java.util.Currency;
import java.util.stream.LongStream;

/**
 * What a million tokens of a model cost, in billionths of the currency's unit; 0 or more each.
 *
 * @param input read anew
 * @param output written
 * @param cacheRead read from the provider's cache
 * @param cacheWrite5m read, and kept in its cache for five minutes
 * @param cacheWrite1h the same for an hour
 */
public record Price(
    Currency currency,
    long input,
    long output,
    long cacheRead,
    long cacheWrite5m,
    long cacheWrite1h) {
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);
  private static final BigInteger HALF = BigInteger.valueOf(500_000);
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  public Price {
    if (LongStream.of(input, output, cacheRead, cacheWrite5m, cacheWrite1h).min().orElse(0) < 0) {
      throw new IllegalArgumentException("a price is 0 or more");
    }
  }

  /** The price of what somebody else pays. */
  public static Price free(Currency currency) {
    return new Price(currency, 0, 0, 0, 0, 0);
  }

  /** Whether it costs nothing, whatever is used. */
  public boolean isFree() {
    return LongStream.of(input, output, cacheRead, cacheWrite5m, cacheWrite1h)
        .allMatch(it -> it == 0);
  }

  /** What they cost, rounded once, half up, to a billionth. */
  public Money cost(Tokens tokens) {
    var sum =
        times(input, tokens.input())
            .add(times(cacheRead, tokens.cacheRead()))
            .add(times(cacheWrite5m, tokens.cacheWrite5m()))
            .add(times(cacheWrite1h, tokens.cacheWrite1h()))
            .add(times(output, tokens.output()));
    return new Money(currency, sum.add(HALF).divide(MILLION).min(MOST).longValueExact());
  }

  /** What so many cost at most, whatever the cache does, rounded up to a billionth. */
  public Money atMost(long read, long written) {
    var sum = times(dearestInput(), read).add(times(output, written));
    return new Money(
        currency, sum.add(MILLION).subtract(BigInteger.ONE).divide(MILLION).min(MOST).longValue());
  }

  /**
   * How many tokens may be written for an amount, once {@code read} are read; 0 or more, and {@link
   * Long#MAX_VALUE} where writing is free.
   */
  public long affordable(Money amount, long read) {
    var left =
        BigInteger.valueOf(amount.nanos()).multiply(MILLION).subtract(times(dearestInput(), read));
    if (left.signum() < 0) {
      return 0;
    }
    return output == 0
        ? Long.MAX_VALUE
        : left.divide(BigInteger.valueOf(output)).min(MOST).longValueExact();
  }

  private long dearestInput() {
    return LongStream.of(input, cacheRead, cacheWrite5m, cacheWrite1h).max().orElse(input);
  }

  private static BigInteger times(long price, long tokens) {
    return BigInteger.valueOf(price).multiply(BigInteger.valueOf(tokens));
  }
}
