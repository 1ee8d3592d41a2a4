package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sums of what was used. Who may see them is not decided here: ask for the instance first, with the
 * actor.
 */
public final class Usage {
  /**
   * Calls of one model on one day that have ended.
   *
   * @param day of their beginning, in UTC
   * @param cost empty where the model had no price
   */
  public record Day(LocalDate day, String model, long calls, Tokens tokens, Optional<Money> cost) {}

  /**
   * Calls of one instance's model in one currency.
   *
   * @param cost empty where the model had no price
   */
  public record OfModel(
      String instance, String model, long calls, Tokens tokens, Optional<Money> cost) {}

  private final Sql sql;

  public Usage(Sql sql) {
    this.sql = sql;
  }

  /**
   * What an instance used from {@code from} to {@code to}, both included, the newest first.
   *
   * @param account that owns it: what somebody else's instance of the same name used is not told
   */
  public List<Day> of(InstanceId instance, String account, LocalDate from, LocalDate to) {
    return sql.query(
        """
        SELECT * FROM usage_day WHERE instance_id = ? AND account_id = ? AND day >= ? AND day <= ?
        ORDER BY day DESC, model, currency
        """,
        row ->
            new Day(
                LocalDate.ofEpochDay(row.getLong("day")),
                row.getString("model"),
                row.getLong("calls"),
                tokens(row),
                cost(row.getString("currency"), row.getLong("cost"))),
        instance.value(),
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  /**
   * What all instances of an account used from {@code from} to {@code to}, both included, those
   * that are gone, too; by instance and model.
   */
  public List<OfModel> of(String account, LocalDate from, LocalDate to) {
    return sql.query(
        """
        SELECT instance_id, model, currency, SUM(calls) AS calls, SUM(input) AS input, SUM(cache_read) AS cache_read,
          SUM(cache_write_5m) AS cache_write_5m, SUM(cache_write_1h) AS cache_write_1h, SUM(output) AS output,
          SUM(reasoning) AS reasoning, SUM(cost) AS cost
        FROM usage_day WHERE account_id = ? AND day >= ? AND day <= ?
        GROUP BY instance_id, model, currency HAVING SUM(calls) > 0 ORDER BY instance_id, model, currency
        """,
        row ->
            new OfModel(
                row.getString("instance_id"),
                row.getString("model"),
                row.getLong("calls"),
                tokens(row),
                cost(row.getString("currency"), row.getLong("cost"))),
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  private static Tokens tokens(ResultSet row) throws SQLException {
    return new Tokens(
        row.getLong("input"),
        row.getLong("cache_read"),
        row.getLong("cache_write_5m"),
        row.getLong("cache_write_1h"),
        row.getLong("output"),
        row.getLong("reasoning"));
  }

  private static Optional<Money> cost(@Nullable String currency, long amount) {
    return currency == null || currency.isEmpty()
        ? Optional.empty()
        : Optional.of(new Money(Money.currency(currency), amount));
  }
}
