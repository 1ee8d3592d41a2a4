package io.rockpool.control.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.time.YearMonth;
import java.util.Currency;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourcePriceTest {
  private static final Currency USD = Currency.getInstance("USD");
  private static final YearMonth NOVEMBER = YearMonth.of(2026, 11);

  /** 0.04 an hour of processor time, 0.005 a gigabyte-hour of memory, 0.10 a gigabyte-month. */
  private static final ResourcePrice PRICE =
      new ResourcePrice(USD, 40_000_000, 5_000_000, 100_000_000);

  @ParameterizedTest
  @CsvSource({
    "3600000,            0,                0, 0.04",
    "      0, 3600000000000,               0, 0.005",
    "      0,            0, 2592000000000000, 0.10",
    "3600000, 3600000000000, 2592000000000000, 0.145",
    "      0,            0,                0, 0.00",
    "      1,            0,                0, 0.000000011",
    "      0,          360,                0, 0.000000000",
    "      0,       360000,                0, 0.000000001",
    "      0,       359999,                0, 0.000000000"
  })
  void costs_are_exact_and_rounded_once(long cpu, long memory, long storage, String cost) {
    assertThat(PRICE.cost(Quantities.of(0, cpu, memory, storage), NOVEMBER).text())
        .isEqualTo(cost.replaceFirst("0\\.0+$", "0.00"));
  }

  @Test
  void a_gigabyte_costs_the_same_in_a_short_month() {
    var february = Quantities.of(0, 0, 0, 1_000_000_000L * 86_400 * 28);

    assertThat(PRICE.cost(february, YearMonth.of(2026, 2)).text()).isEqualTo("0.10");
  }

  @Test
  void what_a_million_instances_use_in_a_month_has_a_cost() {
    var used = new Quantities(0, Long.MAX_VALUE, BigInteger.TEN.pow(24), BigInteger.TEN.pow(24));

    assertThat(new ResourcePrice(USD, 1, 1, 1).cost(used, NOVEMBER).nanos()).isPositive();
  }

  @Test
  void a_price_below_nothing_is_none() {
    assertThatIllegalArgumentException().isThrownBy(() -> new ResourcePrice(USD, -1, 0, 0));
  }
}
