package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Prices.Dated;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Currency;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What is known of prices, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PricesContract {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant LATER = NOW.plusSeconds(3_600);

  private TestDatabase database;
  private Sql here;
  private Sql there;
  private ManualClock clock;
  private Prices prices;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    here = database.open();
    there = database.open();
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(here);
    clock = new ManualClock(NOW);
    prices = new Prices(here, clock);
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void a_price_holds_from_its_time_until_there_is_a_later_one() {
    prices.put(new Dated("model", LATER, price(2)));
    prices.put(new Dated("model", NOW, price(1)));

    assertThat(prices.at("model", NOW.minusMillis(1))).isEmpty();
    assertThat(prices.at("model", NOW)).contains(price(1));
    assertThat(prices.at("model", LATER.minusMillis(1))).contains(price(1));
    assertThat(prices.at("model", LATER)).contains(price(2));
    assertThat(prices.at("model", LATER.plus(Duration.ofDays(9_999)))).contains(price(2));
  }

  @Test
  void nobody_knows_what_an_unknown_model_costs() {
    prices.put(new Dated("model", NOW, price(1)));

    assertThat(prices.at("other", NOW)).isEmpty();
  }

  @Test
  void a_price_from_the_same_time_is_replaced() {
    prices.put(new Dated("model", NOW, price(1)));
    var other = new Price(Currency.getInstance("USD"), 5, 4, 3, 2, 1);

    prices.put(new Dated("model", NOW, other));

    assertThat(prices.at("model", NOW)).contains(other);
    assertThat(prices.all()).containsExactly(new Dated("model", NOW, other));
  }

  @Test
  void all_are_listed_by_model_the_latest_of_each_first() {
    var late = new Dated("a", LATER, price(1));
    var early = new Dated("a", NOW, price(2));
    var other = new Dated("b", LATER, price(3));
    prices.put(early);
    prices.put(other);
    prices.put(late);

    assertThat(prices.all()).containsExactly(late, early, other);
    assertThat(new Prices(there, clock).all()).containsExactly(late, early, other);
  }

  @Test
  void ones_own_change_is_seen_at_once() {
    assertThat(prices.at("model", NOW)).isEmpty();

    prices.put(new Dated("model", NOW, price(1)));

    assertThat(prices.at("model", NOW)).contains(price(1));
  }

  @Test
  void another_servers_change_is_seen_after_a_second() {
    prices.put(new Dated("model", NOW, price(1)));

    new Prices(there, clock).put(new Dated("model", NOW, price(2)));

    clock.advance(Duration.ofMillis(999));
    assertThat(prices.at("model", NOW)).contains(price(1));
    clock.advance(Duration.ofMillis(1));
    assertThat(prices.at("model", NOW)).contains(price(2));
  }

  private static Price price(long yuan) {
    var input = yuan * 1_000_000_000;
    return new Price(Currency.getInstance("CNY"), input, 2 * input, input / 50, input, input);
  }
}
