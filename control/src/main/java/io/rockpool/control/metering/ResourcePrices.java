package io.rockpool.control.metering;

import io.rockpool.control.account.Actor;
import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import java.time.LocalDate;
import java.util.List;

/** What resources cost the operator, and from which day on. Nobody else sees that. */
public final class ResourcePrices {
  /** A price from a day (UTC) on, until there is a later one. */
  public record Dated(LocalDate from, ResourcePrice price) {}

  private final Sql sql;

  public ResourcePrices(Sql sql) {
    this.sql = sql;
  }

  /** Sets the price from a day on. One from the same day is replaced. */
  public void put(Dated dated) {
    var price = dated.price();
    sql.update(
        """
        INSERT INTO resource_price (effective_from, currency, cpu_hour, memory_gb_hour, storage_gb_month)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (effective_from) DO UPDATE SET currency = excluded.currency, cpu_hour = excluded.cpu_hour,
          memory_gb_hour = excluded.memory_gb_hour, storage_gb_month = excluded.storage_gb_month
        """,
        dated.from().toEpochDay(),
        price.currency().getCurrencyCode(),
        price.cpuHour(),
        price.memoryGbHour(),
        price.storageGbMonth());
  }

  /** All there are, the latest first; none for who is no operator. */
  public List<Dated> all(Actor actor) {
    return actor instanceof Actor.User
        ? List.of()
        : sql.query(
            "SELECT * FROM resource_price ORDER BY effective_from DESC",
            row ->
                new Dated(
                    LocalDate.ofEpochDay(row.getLong("effective_from")),
                    new ResourcePrice(
                        Money.currency(row.getString("currency")),
                        row.getLong("cpu_hour"),
                        row.getLong("memory_gb_hour"),
                        row.getLong("storage_gb_month"))));
  }
}
