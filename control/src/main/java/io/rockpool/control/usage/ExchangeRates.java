package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.money.Rate;
import io.rockpool.control.store.Sql;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;
import java.util.Optional;

/**
 * What currencies are worth in others, day by day. By them a budget binds models whose prices are
 * in another currency. An amount is converted by the rate of the day (of UTC) on which its call
 * began: when it is set aside, when it is booked, and whenever it is added up. So a rate of a day
 * that is over never changes.
 */
public final class ExchangeRates {
  /** Another server's change is seen after this. */
  private static final Duration REMEMBERED = Duration.ofSeconds(1);

  /** A rate from a day on, until there is a later one. */
  public record Dated(LocalDate from, Rate rate) {}

  /**
   * All that is known at a moment.
   *
   * @param newest by currencies, the latest of each pair first
   */
  record Known(List<Dated> newest) {
    static final Known NOTHING = new Known(List.of());

    /** Whether anything can be converted into {@code currency}. */
    boolean reaches(Currency currency) {
      return newest.stream().anyMatch(it -> it.rate().to().equals(currency));
    }

    /** The rate of a day; empty where there was none yet. */
    Optional<Rate> at(Currency from, Currency to, LocalDate day) {
      return of(from, to).stream()
          .filter(it -> !it.from().isAfter(day))
          .findFirst()
          .map(Dated::rate);
    }

    /** The same, or the earliest there is for a day before: what was spent then counts, too. */
    Optional<Rate> atOrEarliest(Currency from, Currency to, LocalDate day) {
      return at(from, to, day)
          .or(() -> of(from, to).stream().reduce((_, later) -> later).map(Dated::rate));
    }

    private List<Dated> of(Currency from, Currency to) {
      return newest.stream()
          .filter(it -> it.rate().from().equals(from) && it.rate().to().equals(to))
          .toList();
    }
  }

  private record Remembered(Instant until, Known known) {}

  private final Sql sql;
  private final InstantSource clock;
  private volatile Remembered remembered = new Remembered(Instant.MIN, Known.NOTHING);

  public ExchangeRates(Sql sql, InstantSource clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /**
   * Sets the rate from a day on. One from the same day is replaced; if that is today, what was
   * spent today is converted by the new one.
   *
   * @return false if the day is over
   */
  public boolean put(Dated dated) {
    if (dated.from().isBefore(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC))) {
      return false;
    }
    var rate = dated.rate();
    sql.update(
        """
        INSERT INTO exchange_rate (from_currency, to_currency, effective_from, rate) VALUES (?, ?, ?, ?)
        ON CONFLICT (from_currency, to_currency, effective_from) DO UPDATE SET rate = excluded.rate
        """,
        rate.from().getCurrencyCode(),
        rate.to().getCurrencyCode(),
        dated.from().toEpochDay(),
        rate.nanos());
    remembered = read();
    return true;
  }

  /** All there are, by currencies, the latest of each pair first. */
  public List<Dated> all() {
    return known().newest();
  }

  /** What a currency is worth in another, today; empty where nobody said. */
  public Optional<Rate> today(Currency from, Currency to) {
    return known().at(from, to, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
  }

  /** By what was true a second ago. */
  Known known() {
    var now = remembered;
    if (!clock.instant().isBefore(now.until())) {
      now = read();
      remembered = now;
    }
    return now.known();
  }

  private Remembered read() {
    var until = clock.instant().plus(REMEMBERED);
    return new Remembered(
        until,
        new Known(
            sql
                .query(
                    "SELECT * FROM exchange_rate",
                    row ->
                        new Dated(
                            LocalDate.ofEpochDay(row.getLong("effective_from")),
                            new Rate(
                                Money.currency(row.getString("from_currency")),
                                Money.currency(row.getString("to_currency")),
                                row.getLong("rate"))))
                .stream()
                .sorted(
                    Comparator.comparing((Dated it) -> it.rate().from().getCurrencyCode())
                        .thenComparing(it -> it.rate().to().getCurrencyCode())
                        .thenComparing(Dated::from, Comparator.reverseOrder()))
                .toList()));
  }
}
