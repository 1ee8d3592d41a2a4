package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What models cost, and from when on. */
public final class Prices {
  /** Another server's change is seen after this. */
  private static final Duration REMEMBERED = Duration.ofSeconds(1);

  /**
   * A price of a model from a time on, until there is a later one.
   *
   * @param from the time, to the millisecond
   */
  public record Dated(String model, Instant from, Price price) {}

  private record Known(Instant until, Map<String, List<Dated>> byModel) {}

  private final Sql sql;
  private final InstantSource clock;
  private volatile Known known = new Known(Instant.MIN, Map.of());

  public Prices(Sql sql, InstantSource clock) {
    this.sql = sql;
    this.clock = clock;
  }

  /** Sets the price from {@code from} on. One from the same time is replaced. */
  public void put(Dated dated) {
    var price = dated.price();
    sql.update(
        """
        INSERT INTO model_price (model, effective_from, currency, input, output, cache_read, cache_write_5m, cache_write_1h)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (model, effective_from) DO UPDATE SET currency = excluded.currency, input = excluded.input,
          output = excluded.output, cache_read = excluded.cache_read, cache_write_5m = excluded.cache_write_5m,
          cache_write_1h = excluded.cache_write_1h
        """,
        dated.model(),
        dated.from().toEpochMilli(),
        price.currency().getCurrencyCode(),
        price.input(),
        price.output(),
        price.cacheRead(),
        price.cacheWrite5m(),
        price.cacheWrite1h());
    known = read();
  }

  /** What a model costs at a time; empty where nobody said. */
  public Optional<Price> at(String model, Instant time) {
    return current().byModel().getOrDefault(model, List.of()).stream()
        .filter(it -> !it.from().isAfter(time))
        .findFirst()
        .map(Dated::price);
  }

  /** All there are, by model, the latest of each first. */
  public List<Dated> all() {
    return current().byModel().values().stream()
        .flatMap(List::stream)
        .sorted(
            Comparator.comparing(Dated::model)
                .thenComparing(Dated::from, Comparator.reverseOrder()))
        .toList();
  }

  private Known current() {
    var now = known;
    if (!clock.instant().isBefore(now.until())) {
      now = read();
      known = now;
    }
    return now;
  }

  private Known read() {
    var until = clock.instant().plus(REMEMBERED);
    return new Known(
        until,
        sql
            .query(
                "SELECT * FROM model_price ORDER BY model, effective_from DESC",
                row ->
                    new Dated(
                        row.getString("model"),
                        Instant.ofEpochMilli(row.getLong("effective_from")),
                        new Price(
                            Money.currency(row.getString("currency")),
                            row.getLong("input"),
                            row.getLong("output"),
                            row.getLong("cache_read"),
                            row.getLong("cache_write_5m"),
                            row.getLong("cache_write_1h"))))
            .stream()
            .collect(Collectors.groupingBy(Dated::model)));
  }
}
