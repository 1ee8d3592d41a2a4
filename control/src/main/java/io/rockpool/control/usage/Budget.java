package io.rockpool.control.usage;

import io.rockpool.control.money.Money;

/**
 * What may be spent.
 *
 * @param amount 0 or more, in each window
 * @param hard whether calls beyond it are refused; otherwise it is only announced
 */
public record Budget(Money amount, Period period, boolean hard) {
  public Budget {
    if (amount.nanos() < 0) {
      throw new IllegalArgumentException("a budget is 0 or more");
    }
  }
}
