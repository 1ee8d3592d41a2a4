package io.rockpool.control.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Currency;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final Currency USD = Currency.getInstance("USD");

  @ParameterizedTest(name = "{0} {1} is {2} billionths, shown as {3}")
  @CsvSource({
    "CNY, 0.10, 100000000, 0.10",
    "CNY, 0.1, 100000000, 0.10",
    "CNY, 0.0200, 20000000, 0.02",
    "CNY, 0.025, 25000000, 0.025",
    "CNY, 100, 100000000000, 100.00",
    "CNY, 007, 7000000000, 7.00",
    "CNY, 0, 0, 0.00",
    "CNY, -0, 0, 0.00",
    "USD, -0.5, -500000000, -0.50",
    "USD, 0.000000001, 1, 0.000000001",
    "USD, 999999999.999999999, 999999999999999999, 999999999.999999999",
    "USD, 9223372036.854775807, 9223372036854775807, 9223372036.854775807",
    "USD, -9223372036.854775808, -9223372036854775808, -9223372036.854775808",
    "JPY, 1200, 1200000000000, 1200",
    "JPY, 12.5, 12500000000, 12.5",
    "KWD, 1, 1000000000, 1.000",
    "XXX, 30, 30000000000, 30", // has no fraction digits at all
  })
  void an_amount_is_exact(String currency, String written, long nanos, String shown) {
    var money = Money.parse(Money.currency(currency), written);

    assertThat(money.nanos()).isEqualTo(nanos);
    assertThat(money.text()).isEqualTo(shown);
    assertThat(money).hasToString(currency + " " + shown);
    assertThat(Money.parse(money.currency(), money.text())).isEqualTo(money);
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(
      strings = {
        "",
        " ",
        "-",
        ".",
        "1.",
        ".5",
        "+1",
        "--1",
        "1,5",
        "1_000",
        "1e3",
        "0x1",
        "NaN",
        "1 ",
        "1\n",
        "1.0000000001",
        "9223372036.854775808",
        "-9223372036.854775809",
        "999999999999",
        "9999999999999",
        "１",
        "CNY 1"
      })
  void what_is_no_amount_is_refused(String written) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Money.parse(CNY, written))
        .withMessageStartingWith("an amount is a decimal such as 12.50");
  }

  @Test
  void a_price_is_no_more_than_a_million() {
    assertThat(Money.price(CNY, "1000000")).isEqualTo(Money.parse(CNY, "1000000"));
    for (var written : List.of("1000000.000000001", "9000000000", "-0.01")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Money.price(CNY, written))
          .withMessage("a price is from 0 to 1000000");
    }
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(strings = {"", "yuan", "cny", "CN", "ZZZ", "￥"})
  void what_is_no_currency_is_refused(String code) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Money.currency(code))
        .withMessage("a currency is a code of three letters, such as CNY or USD");
  }

  @Test
  void amounts_of_one_currency_are_added_and_subtracted() {
    var dime = Money.parse(USD, "0.10");
    var cent = Money.parse(USD, "0.01");

    assertThat(dime.plus(cent)).isEqualTo(Money.parse(USD, "0.11"));
    assertThat(cent.minus(dime)).isEqualTo(Money.parse(USD, "-0.09"));
    assertThat(dime.minus(dime)).isEqualTo(Money.zero(USD));
  }

  @Test
  void amounts_of_different_currencies_are_not() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Money.zero(USD).plus(Money.zero(CNY)))
        .withMessage("USD and CNY cannot be added");
    assertThatIllegalArgumentException().isThrownBy(() -> Money.zero(USD).minus(Money.zero(CNY)));
  }

  @Test
  void a_sum_that_is_too_large_is_no_other_sum() {
    var most = new Money(CNY, Long.MAX_VALUE);
    var least = new Money(CNY, Long.MIN_VALUE);
    var one = new Money(CNY, 1);

    assertThat(most.plusAtMost(one)).isEqualTo(most);
    assertThat(one.plusAtMost(one)).isEqualTo(new Money(CNY, 2));
    assertThat(least.plusAtMost(most)).isEqualTo(new Money(CNY, -1));
    assertThatThrownBy(() -> most.plus(one)).isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> least.minus(one)).isInstanceOf(ArithmeticException.class);
  }
}
