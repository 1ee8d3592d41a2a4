package io.rockpool.control.money;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;

/**
 * An exact amount: a whole number of billionths, since a token may cost less than a millionth of a
 * unit.
 *
 * @param nanos billionths of the unit; may be negative
 */
public record Money(Currency currency, long nanos) {
  /** So many make a unit. */
  public static final long NANOS = 1_000_000_000;

  private static final int SCALE = 9;
  private static final long MOST_OF_A_PRICE = 1_000_000 * NANOS;

  public static Money zero(Currency currency) {
    return new Money(currency, 0);
  }

  /**
   * Reads a decimal, e.g. {@code 0.10}.
   *
   * @throws IllegalArgumentException when it is none, has more than nine digits after the point, or
   *     nine before it do not suffice
   */
  public static Money parse(Currency currency, String amount) {
    if (amount.matches("-?[0-9]{1,12}(\\.[0-9]{1,9})?")) {
      try {
        var nanos = new BigDecimal(amount).setScale(SCALE, RoundingMode.UNNECESSARY);
        return new Money(currency, nanos.unscaledValue().longValueExact());
      } catch (ArithmeticException tooLarge) {
        // Said below.
      }
    }
    throw new IllegalArgumentException(
        "an amount is a decimal such as 12.50, with up to nine digits before the point and nine after it");
  }

  /**
   * Reads the price of a small thing, e.g. of an hour: what many of them cost is still an amount.
   *
   * @throws IllegalArgumentException when it is none, less than 0, or more than a million
   */
  public static Money price(Currency currency, String amount) {
    var price = parse(currency, amount);
    if (!price.isPrice()) {
      throw new IllegalArgumentException("a price is from 0 to 1000000");
    }
    return price;
  }

  /** Whether it is from 0 to a million, so that a sum of a few thousand of them is an amount. */
  public boolean isPrice() {
    return nanos >= 0 && nanos <= MOST_OF_A_PRICE;
  }

  /**
   * The currency of a code.
   *
   * @throws IllegalArgumentException when ISO 4217 has none of this name
   */
  public static Currency currency(String code) {
    try {
      return Currency.getInstance(code);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException(
          "a currency is a code of three letters, such as CNY or USD", unknown);
    }
  }

  public Money plus(Money other) {
    return new Money(currency, Math.addExact(nanos, same(other).nanos));
  }

  public Money minus(Money other) {
    return new Money(currency, Math.subtractExact(nanos, same(other).nanos));
  }

  /** The sum; where that is more than an amount can be, the most that one can be. */
  public Money plusAtMost(Money other) {
    var sum = nanos + same(other).nanos;
    var isTooMuch = nanos > 0 && other.nanos > 0 && sum < 0;
    return new Money(currency, isTooMuch ? Long.MAX_VALUE : sum);
  }

  private Money same(Money other) {
    if (!currency.equals(other.currency)) {
      throw new IllegalArgumentException(
          "%s and %s cannot be added".formatted(currency, other.currency));
    }
    return other;
  }

  /** The amount alone, e.g. {@code 0.10}: as many digits as the currency has, or as it needs. */
  public String text() {
    var exact = BigDecimal.valueOf(nanos, SCALE).stripTrailingZeros();
    var digits = Math.max(exact.scale(), Math.max(0, currency.getDefaultFractionDigits()));
    return exact.setScale(digits, RoundingMode.UNNECESSARY).toPlainString();
  }

  /** For people, e.g. {@code USD 0.10}. */
  @Override
  public String toString() {
    return currency + " " + text();
  }
}
