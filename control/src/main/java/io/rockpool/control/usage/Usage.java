package io.rockpool.control.usage;

import io.rockpool.control.account.Actor;
import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was used. Whose it is stands in every question. Sums are of whoever is named: ask for the
 * instance or the account first, with the actor.
 */
public final class Usage {
  /**
   * Calls of one model by one provider on one day that have ended.
   *
   * @param day of their beginning, in UTC
   * @param provider who answered last; empty where none was reached, and for what was booked before
   *     providers were counted apart
   * @param estimated so many of the calls have tokens that Rockpool estimated, or a part of them
   * @param cost empty where the model had no price
   */
  public record Day(
      LocalDate day,
      String model,
      String provider,
      long calls,
      long estimated,
      Tokens tokens,
      Optional<Money> cost) {}

  /**
   * Calls of one instance's model by one provider in one currency.
   *
   * @param provider as in {@link Day}
   * @param cost empty where the model had no price
   */
  public record OfModel(
      String instance,
      String model,
      String provider,
      long calls,
      long estimated,
      Tokens tokens,
      Optional<Money> cost) {}

  /**
   * A call that has ended. Of what was said in it nothing is kept.
   *
   * @param key the id of the key that it was made with
   * @param model as it was asked for
   * @param provider who answered last; null where none was reached
   * @param answeredModel what that one called the model; null where it did not say
   * @param attempts how often a provider was asked
   * @param estimated whether the tokens are Rockpool's own estimate, or a part of them is
   * @param cost empty where the model had no price
   */
  public record OneCall(
      String id,
      String key,
      String model,
      Instant began,
      Instant ended,
      Outcome outcome,
      @Nullable String provider,
      @Nullable String answeredModel,
      int attempts,
      boolean estimated,
      Tokens tokens,
      Optional<Money> cost) {}

  /** A call that was shown last: older ones follow. */
  public record Position(Instant began, String id) {}

  private static final String SUMS =
      """
      SUM(calls) AS calls, SUM(estimated) AS estimated, SUM(input) AS input, SUM(cache_read) AS cache_read,
        SUM(cache_write_5m) AS cache_write_5m, SUM(cache_write_1h) AS cache_write_1h, SUM(output) AS output,
        SUM(reasoning) AS reasoning, SUM(cost) AS cost
      """;

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
        SELECT * FROM usage_day WHERE instance_id = ? AND account_id = ? AND day >= ? AND day <= ? AND calls > 0
        ORDER BY day DESC, model, provider, currency
        """,
        Usage::day,
        instance.value(),
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  /**
   * What all instances of an account used together from {@code from} to {@code to}, both included,
   * those that are gone, too; the newest first.
   */
  public List<Day> days(String account, LocalDate from, LocalDate to) {
    return sql.query(
        """
        SELECT day, model, provider, currency, %s
        FROM usage_day WHERE account_id = ? AND day >= ? AND day <= ?
        GROUP BY day, model, provider, currency HAVING SUM(calls) > 0
        ORDER BY day DESC, model, provider, currency
        """
            .formatted(SUMS),
        Usage::day,
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  /** The same by instance, model and provider. */
  public List<OfModel> of(String account, LocalDate from, LocalDate to) {
    return sql.query(
        """
        SELECT instance_id, model, provider, currency, %s
        FROM usage_day WHERE account_id = ? AND day >= ? AND day <= ?
        GROUP BY instance_id, model, provider, currency HAVING SUM(calls) > 0
        ORDER BY instance_id, model, provider, currency
        """
            .formatted(SUMS),
        row ->
            new OfModel(
                row.getString("instance_id"),
                row.getString("model"),
                row.getString("provider"),
                row.getLong("calls"),
                row.getLong("estimated"),
                tokens(row),
                cost(row.getString("currency"), row.getLong("cost"))),
        account,
        from.toEpochDay(),
        to.toEpochDay());
  }

  /**
   * Single calls of an instance, the newest first, as long as they are kept: five weeks after their
   * end. Empty for an account that the actor may not see.
   *
   * @param account that owns the instance
   * @param from the first day of their beginning, in UTC
   * @param to the last one
   * @param after the call before the first of these; null for the newest
   */
  public List<OneCall> calls(
      Actor actor,
      InstanceId instance,
      String account,
      LocalDate from,
      LocalDate to,
      @Nullable Position after,
      int most) {
    if (!actor.maySee(account)) {
      return List.of();
    }
    var end = millis(to.plusDays(1));
    var began = after == null ? end : Math.min(end, after.began().toEpochMilli());
    return sql.query(
        """
        SELECT * FROM model_call WHERE account_id = ? AND instance_id = ? AND started_at >= ?
          AND (started_at < ? OR (started_at = ? AND id < ?))
        ORDER BY started_at DESC, id DESC LIMIT ?
        """,
        Usage::call,
        account,
        instance.value(),
        millis(from),
        began,
        began,
        after == null || began == end ? "" : after.id(),
        most);
  }

  private static Day day(ResultSet row) throws SQLException {
    return new Day(
        LocalDate.ofEpochDay(row.getLong("day")),
        row.getString("model"),
        row.getString("provider"),
        row.getLong("calls"),
        row.getLong("estimated"),
        tokens(row),
        cost(row.getString("currency"), row.getLong("cost")));
  }

  private static OneCall call(ResultSet row) throws SQLException {
    return new OneCall(
        row.getString("id"),
        row.getString("key_id"),
        row.getString("model"),
        Instant.ofEpochMilli(row.getLong("started_at")),
        Instant.ofEpochMilli(row.getLong("ended_at")),
        Outcome.valueOf(row.getString("outcome")),
        row.getString("provider"),
        row.getString("answered_model"),
        row.getInt("attempts"),
        row.getLong("estimated") > 0,
        tokens(row),
        cost(row.getString("currency"), row.getLong("cost")));
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

  private static long millis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }
}
