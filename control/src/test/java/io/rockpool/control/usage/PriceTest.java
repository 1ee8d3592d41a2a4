package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.control.money.Money;
import io.rockpool.control.openclaw.Drawn;
import java.util.Currency;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

class PriceTest {
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final long YUAN = 1_000_000_000;
  private static final long MOST = Long.MAX_VALUE;

  /** A billionth for a million tokens. */
  private static final Price TINY = new Price(CNY, 1, 1, 1, 1, 1);

  /** 1 CNY, 2 to write, 0.02 from the cache, and as much as reading to put there. */
  private static final Price DEEPSEEK = new Price(CNY, YUAN, 2 * YUAN, YUAN / 50, YUAN, YUAN);

  /** 3 for reading, 15 to write, 0.30 from the cache, 3.75 and 6 to put there. */
  private static final Price CLAUDE =
      new Price(CNY, 3 * YUAN, 15 * YUAN, 3 * YUAN / 10, 15 * YUAN / 4, 6 * YUAN);

  record Row(String name, Price price, Tokens tokens, long cost) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          new Row("nothing costs nothing", CLAUDE, Tokens.NONE, 0),
          new Row("a million read", DEEPSEEK, Tokens.of(1_000_000, 0), YUAN),
          new Row("a million written", DEEPSEEK, Tokens.of(0, 1_000_000), 2 * YUAN),
          new Row("a million from the cache", DEEPSEEK, cacheRead(1_000_000), YUAN / 50),
          new Row("one token from the cache", DEEPSEEK, cacheRead(1), 20),
          new Row("each kind at its own price", CLAUDE, new Tokens(1, 1, 1, 1, 1, 1), 28_050),
          new Row("reasoning is paid once", CLAUDE, new Tokens(0, 0, 0, 0, 100, 60), 1_500_000),
          new Row("just below half is none", TINY, Tokens.of(499_999, 0), 0),
          new Row("half is one", TINY, Tokens.of(500_000, 0), 1),
          new Row("one and a half is two", TINY, Tokens.of(0, 1_500_000), 2),
          new Row("two halves are one", TINY, Tokens.of(500_000, 500_000), 1),
          new Row("five tenths are one", TINY, tokens(100_000), 1),
          new Row("a free model", new Price(CNY, 0, 0, 0, 0, 0), tokens(MOST / 9), 0),
          new Row(
              "what is too much is the most there is",
              new Price(CNY, MOST, MOST, MOST, MOST, MOST),
              new Tokens(MOST, MOST, MOST, MOST, MOST, MOST),
              MOST));

  @ParameterizedTest
  @FieldSource("rows")
  void costs(Row row) {
    assertThat(row.price().cost(row.tokens())).isEqualTo(new Money(CNY, row.cost()));
  }

  record Case(Price price, Tokens tokens, long amount) {}

  static Stream<Named<Case>> cases() {
    return Drawn.cases(
        1_000,
        random ->
            new Case(
                new Price(
                    CNY, drawn(random), drawn(random), drawn(random), drawn(random), drawn(random)),
                new Tokens(
                    drawn(random), drawn(random), drawn(random), drawn(random), drawn(random), 0),
                drawn(random)));
  }

  /** Of any size up to 10^15, often 0. */
  private static long drawn(RandomGenerator random) {
    return random.nextLong((long) Math.pow(10, random.nextInt(16)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void however_the_cache_splits_them_they_never_cost_more_than_at_most(Case given) {
    var tokens = given.tokens();

    var most = given.price().atMost(tokens.read(), tokens.output());

    assertThat(most.nanos()).isGreaterThanOrEqualTo(given.price().cost(tokens).nanos());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void what_is_affordable_is_paid_by_the_amount_and_one_more_is_not(Case given) {
    var price = given.price();
    var read = given.tokens().cacheRead();

    var written = price.affordable(new Money(CNY, given.amount()), read);

    assertThat(written).isNotNegative();
    if (written > 0) {
      assertThat(price.atMost(read, written).nanos()).isLessThanOrEqualTo(given.amount());
    }
    if (written < MOST) {
      assertThat(price.atMost(read, written + 1).nanos()).isGreaterThan(given.amount());
    }
  }

  @Test
  void at_most_is_rounded_up_and_reckons_with_the_dearest_way_to_read() {
    assertThat(TINY.atMost(1, 0)).isEqualTo(new Money(CNY, 1));
    assertThat(TINY.atMost(1_000_000, 1)).isEqualTo(new Money(CNY, 2));
    assertThat(TINY.atMost(0, 0)).isEqualTo(Money.zero(CNY));
    assertThat(CLAUDE.atMost(1_000_000, 0)).isEqualTo(new Money(CNY, 6 * YUAN));
  }

  @Test
  void nothing_is_affordable_where_reading_alone_is_too_dear_or_nothing_is_left() {
    assertThat(DEEPSEEK.affordable(new Money(CNY, YUAN), 1_000_001)).isZero();
    assertThat(DEEPSEEK.affordable(new Money(CNY, -1), 0)).isZero();
    assertThat(new Price(CNY, 1, 0, 0, 0, 0).affordable(Money.zero(CNY), 1)).isZero();
  }

  @Test
  void huge_numbers_do_not_overflow() {
    var dear = new Price(CNY, MOST, MOST, MOST, MOST, MOST);
    var most = new Money(CNY, MOST);

    assertThat(dear.atMost(MOST, MOST)).isEqualTo(most);
    assertThat(dear.affordable(most, MOST)).isZero();
    assertThat(dear.affordable(most, 0)).isEqualTo(1_000_000);
    assertThat(TINY.affordable(most, 0)).isEqualTo(MOST);
    assertThat(new Price(CNY, 1, 0, 0, 0, 0).affordable(most, 0)).isEqualTo(MOST);
  }

  @Test
  void a_price_below_zero_is_refused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Price(CNY, 0, 0, -1, 0, 0));
  }

  private static Tokens cacheRead(long count) {
    return new Tokens(0, count, 0, 0, 0, 0);
  }

  /** So many of each kind. */
  private static Tokens tokens(long each) {
    return new Tokens(each, each, each, each, each, 0);
  }
}
