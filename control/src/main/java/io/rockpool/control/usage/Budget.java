package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * What may be spent.
 *
 * @param amount 0 or more, in each window
 * @param hard whether calls beyond it are refused; otherwise it is only announced
 */
public record Budget(Money amount, Period period, boolean hard) {
  /** The largest that can be set, in the unit of its currency. */
  public static final long MOST = 1_000_000_000;

  private static final List<Integer> ANNOUNCED = List.of(100, 80, 50);

  public Budget {
    if (amount.nanos() < 0) {
      throw new IllegalArgumentException("a budget is 0 or more");
    }
  }

  /**
   * One that is to be set.
   *
   * @throws IllegalArgumentException when it is below 0, or more than {@link #MOST}
   */
  public static Budget of(Money amount, Period period, boolean hard) {
    if (amount.nanos() > MOST * Money.NANOS) {
      throw new IllegalArgumentException("a budget is 0 to " + MOST);
    }
    return new Budget(amount, period, hard);
  }

  /** The largest percentage worth an announcement that has been reached. */
  Optional<Integer> announced(Money spent) {
    var hundredfold = BigInteger.valueOf(spent.nanos()).multiply(BigInteger.valueOf(100));
    return ANNOUNCED.stream()
        .filter(percent ->
            hundredfold.compareTo(
                    BigInteger.valueOf(amount.nanos()).multiply(BigInteger.valueOf(percent)))
                >= 0)
        .findFirst();
  }
}
