package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.BudgetOwner.Kind;
import io.rockpool.control.usage.Settlement.Outcome;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the ledger.
 *
 * @param sql a transaction, where rows are changed
 */
record Books(Sql sql) {
  /**
   * A call.
   *
   * @param currency of its price; null where its model has none
   */
  record Call(
      String id,
      String instance,
      String account,
      String key,
      String model,
      Instant started,
      @Nullable String currency) {
    static Call of(Ask ask, Instant started) {
      return new Call(
          ask.id(),
          ask.instance().value(),
          ask.accountId(),
          ask.keyId(),
          ask.model(),
          started,
          ask.price().map(price -> price.currency().getCurrencyCode()).orElse(null));
    }

    static Call read(ResultSet row) throws SQLException {
      return new Call(
          row.getString("id"),
          row.getString("instance_id"),
          row.getString("account_id"),
          row.getString("key_id"),
          row.getString("model"),
          Instant.ofEpochMilli(row.getLong("started_at")),
          row.getString("currency"));
    }

    long day() {
      return LocalDate.ofInstant(started, ZoneOffset.UTC).toEpochDay();
    }
  }

  /** What a call used, or may have used. */
  record Used(Call call, Tokens tokens, long cost) {
    static Used read(ResultSet row) throws SQLException {
      return new Used(
          Call.read(row),
          Tokens.of(row.getLong("input"), row.getLong("output")),
          row.getLong("cost"));
    }
  }

  /** Makes other servers' work on the account wait for the end of this transaction. */
  void lock(String account) {
    sql.lock("account", account);
  }

  /** The budgets that bind an instance of an account, as they stand now. */
  List<Purse> purses(String account, String instance, Instant now) {
    return sql
        .query(
            "SELECT * FROM budget WHERE owner IN (?, ?) ORDER BY owner",
            Budgets::read,
            BudgetOwner.account(account).key(),
            new BudgetOwner(Kind.INSTANCE, instance).key())
        .stream()
        .map(it -> purse(account, instance, it, now))
        .toList();
  }

  Purse purse(String account, String instance, Budgets.Owned owned, Instant now) {
    var budget = owned.budget();
    var start = budget.period().start(now);
    var currency = budget.amount().currency();
    return switch (owned.owner().kind()) {
      case ACCOUNT ->
          new Purse(
              owned.owner(),
              budget,
              sum(
                  currency,
                  "SELECT COALESCE(SUM(amount), 0) FROM spend_day WHERE account_id = ? AND day >= ? AND currency = ?",
                  account,
                  start.toEpochDay(),
                  currency.getCurrencyCode()),
              sum(
                  currency,
                  "SELECT COALESCE(SUM(reserved), 0) FROM reservation WHERE account_id = ? AND started_at >= ? AND currency = ?",
                  account,
                  millis(start),
                  currency.getCurrencyCode()));
      case INSTANCE ->
          new Purse(
              owned.owner(),
              budget,
              sum(
                  currency,
                  "SELECT COALESCE(SUM(cost), 0) FROM usage_day WHERE instance_id = ? AND account_id = ? AND day >= ? AND currency = ?",
                  instance,
                  account,
                  start.toEpochDay(),
                  currency.getCurrencyCode()),
              sum(
                  currency,
                  "SELECT COALESCE(SUM(reserved), 0) FROM reservation WHERE account_id = ? AND instance_id = ? AND started_at >= ? AND currency = ?",
                  account,
                  instance,
                  millis(start),
                  currency.getCurrencyCode()));
    };
  }

  private static long millis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  private Money sum(Currency currency, String query, Object... values) {
    return new Money(currency, sql.query(query, row -> row.getLong(1), values).getFirst());
  }

  /**
   * Notes that a call has begun.
   *
   * @param lost what is booked should it be lost
   */
  void begin(Used lost, long reserved, String holder, Instant deadline) {
    var call = lost.call();
    sql.update(
        """
        INSERT INTO reservation (id, instance_id, account_id, key_id, model, started_at, holder, deadline, currency,
          reserved, input, output, cost)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        call.id(),
        call.instance(),
        call.account(),
        call.key(),
        call.model(),
        call.started().toEpochMilli(),
        holder,
        deadline.toEpochMilli(),
        call.currency(),
        reserved,
        lost.tokens().input(),
        lost.tokens().output(),
        lost.cost());
  }

  /** Ends the reservation of a call; empty if it was ended before. */
  Optional<Used> end(String id) {
    return sql.change("DELETE FROM reservation WHERE id = ? RETURNING *", Used::read, id).stream()
        .findFirst();
  }

  /** Takes a call that was booked as lost out of the books; empty if it was not. */
  Optional<Used> takeBack(String id) {
    var lost =
        sql
            .change(
                "DELETE FROM model_call WHERE id = ? AND outcome = ? RETURNING *",
                Used::read,
                id,
                Outcome.LOST.name())
            .stream()
            .findFirst();
    lost.ifPresent(it -> add(it, -1));
    return lost;
  }

  /** Enters a call that has ended; false if it was entered before. */
  boolean enter(Used used, Settlement settlement, Instant now) {
    var call = used.call();
    var tokens = used.tokens();
    var isNew =
        sql.update(
                """
                INSERT INTO model_call (id, instance_id, account_id, key_id, model, started_at, ended_at, outcome, provider,
                  answered_model, attempts, estimated, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning,
                  currency, cost)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING
                """,
                call.id(),
                call.instance(),
                call.account(),
                call.key(),
                call.model(),
                call.started().toEpochMilli(),
                now.toEpochMilli(),
                settlement.outcome().name(),
                settlement.provider(),
                settlement.answeredModel(),
                settlement.attempts(),
                settlement.estimated() ? 1 : 0,
                tokens.input(),
                tokens.cacheRead(),
                tokens.cacheWrite5m(),
                tokens.cacheWrite1h(),
                tokens.output(),
                tokens.reasoning(),
                call.currency(),
                used.cost())
            == 1;
    if (isNew) {
      add(used, 1);
    }
    return isNew;
  }

  /** Adds a call to the sums, or takes it out of them again. */
  private void add(Used used, int sign) {
    var call = used.call();
    var tokens = used.tokens();
    sql.update(
        """
        INSERT INTO usage_day (instance_id, account_id, day, model, currency, calls, input, cache_read,
          cache_write_5m, cache_write_1h, output, reasoning, cost)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (instance_id, account_id, day, model, currency) DO UPDATE SET
          calls = usage_day.calls + excluded.calls, input = usage_day.input + excluded.input,
          cache_read = usage_day.cache_read + excluded.cache_read,
          cache_write_5m = usage_day.cache_write_5m + excluded.cache_write_5m,
          cache_write_1h = usage_day.cache_write_1h + excluded.cache_write_1h,
          output = usage_day.output + excluded.output, reasoning = usage_day.reasoning + excluded.reasoning,
          cost = usage_day.cost + excluded.cost
        """,
        call.instance(),
        call.account(),
        call.day(),
        call.model(),
        call.currency() == null ? "" : call.currency(),
        sign,
        sign * tokens.input(),
        sign * tokens.cacheRead(),
        sign * tokens.cacheWrite5m(),
        sign * tokens.cacheWrite1h(),
        sign * tokens.output(),
        sign * tokens.reasoning(),
        sign * used.cost());
    if (used.cost() != 0 && call.currency() != null) {
      sql.update(
          """
          INSERT INTO spend_day (account_id, day, currency, amount) VALUES (?, ?, ?, ?)
          ON CONFLICT (account_id, day, currency) DO UPDATE SET amount = spend_day.amount + excluded.amount
          """,
          call.account(),
          call.day(),
          call.currency(),
          sign * used.cost());
    }
  }

  /** Notes which parts of the budgets are spent by now, and returns those that are so anew. */
  List<Reached> reached(Call call) {
    var all = new ArrayList<Reached>();
    for (var purse : purses(call.account(), call.instance(), call.started())) {
      purse
          .announced()
          .filter(percent ->
              Budgets.announce(
                  sql, purse.owner(), purse.budget().period().start(call.started()), percent))
          .ifPresent(percent ->
              all.add(new Reached(call.instance(), purse.owner(), purse.budget(), percent)));
    }
    return all;
  }

  /** A part of a budget that is spent. */
  record Reached(String instance, BudgetOwner owner, Budget budget, int percent) {}
}
