package io.rockpool.control.money;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Currency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {
  private static final Currency USD = Currency.getInstance("USD");
  private static final Currency CNY = Currency.getInstance("CNY");

  @ParameterizedTest(name = "{1} at {0} are {2}, and {3} are paid for by {1}")
  @CsvSource({
    "7.1, 0, 0, 0",
    "7.1, 1, 8, 0",
    "7.1, 10, 71, 1",
    "7.1, 71, 505, 10",
    "0.14, 7, 1, 50",
    "0.14, 8, 2, 57",
    "1, -5, -5, -5",
    "3, -5, -15, -2",
    "0.000000001, 1, 1, 1000000000",
    "999999999, 9223372036854775807, 9223372036854775807, 9223372046",
    "0.000000001, 9223372036854775807, 9223372037, 9223372036854775807",
  })
  void amounts_are_rounded_so_that_what_is_set_aside_fits(
      String rate, long amount, long up, long down) {
    var it = Rate.parse(USD, CNY, rate);

    assertThat(it.up(amount)).isEqualTo(up);
    assertThat(it.down(amount)).isEqualTo(down);
    assertThat(it.text()).isEqualTo(rate);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.0", "-1", "1e3", "7,1", "", "1234567890", "0.0000000001"})
  void what_is_no_rate_is_refused(String rate) {
    assertThatIllegalArgumentException().isThrownBy(() -> Rate.parse(USD, CNY, rate));
  }

  @Test
  void a_currency_has_no_rate_to_itself() {
    assertThatIllegalArgumentException().isThrownBy(() -> Rate.parse(USD, USD, "1"));
  }
}
