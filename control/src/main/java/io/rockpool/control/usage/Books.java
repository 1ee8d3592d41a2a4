package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.money.Rate;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.BudgetOwner.Kind;
import io.rockpool.control.usage.Settlement.Outcome;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the ledger.
 *
 * @param sql a transaction, where rows are changed
 * @param rates by which amounts in other currencies count against a budget
 */
record Books(Sql sql, ExchangeRates.Known rates) {
  /** The model under which calls are booked whose own model is not named in the books. */
  static final String OTHER = "other";

  /** So many models of an instance are named on one day. */
  static final int MOST_NAMES = 100;

  /** With so many sums of an instance on one day, no further one names a provider. */
  static final int MOST_SUMS = 400;

  /** Of a sum. */
  static final String NO_PROVIDER = "";

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
          kept(ask.model()),
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

    Call ofModel(String name) {
      return new Call(id, instance, account, key, name, started, currency);
    }

    long day() {
      return LocalDate.ofInstant(started, ZoneOffset.UTC).toEpochDay();
    }
  }

  /**
   * What a call used, or may have used.
   *
   * @param taken so many tokens were taken for it of what a minute allows
   */
  record Used(Call call, Tokens tokens, long cost, long taken) {
    /** A call under way. */
    static Used reserved(ResultSet row) throws SQLException {
      return read(row, row.getLong("taken"));
    }

    /** A call that is booked. */
    static Used booked(ResultSet row) throws SQLException {
      return read(row, row.getLong("input") + row.getLong("output"));
    }

    Used ofModel(String name) {
      return new Used(call.ofModel(name), tokens, cost, taken);
    }

    private static Used read(ResultSet row, long taken) throws SQLException {
      return new Used(
          Call.read(row),
          Tokens.of(row.getLong("input"), row.getLong("output")),
          row.getLong("cost"),
          taken);
    }
  }

  /** Those rows that quotas are measured by. */
  QuotaBooks quotas() {
    return new QuotaBooks(sql);
  }

  private DaySums sums() {
    return new DaySums(sql);
  }

  /** Makes other servers' work on the account wait for the end of this transaction. */
  void lock(String account) {
    sql.lock("account", account);
  }

  /**
   * The budgets that bind an instance of an account, as they stand now.
   *
   * @param ofPlan that of its plan, for an instance without one of its own
   */
  List<Purse> purses(String account, String instance, Optional<Budget> ofPlan, Instant now) {
    return budgets(account, instance, ofPlan).stream()
        .map(it -> purse(account, instance, it, now))
        .toList();
  }

  private List<Budgets.Owned> budgets(String account, String instance, Optional<Budget> ofPlan) {
    var all =
        new ArrayList<>(
            sql.query(
                "SELECT * FROM budget WHERE owner IN (?, ?) ORDER BY owner",
                Budgets::read,
                BudgetOwner.account(account).key(),
                new BudgetOwner(Kind.INSTANCE, instance).key()));
    if (ofPlan.isPresent() && all.stream().noneMatch(it -> it.owner().kind() == Kind.INSTANCE)) {
      all.add(new Budgets.Owned(new BudgetOwner(Kind.INSTANCE, instance), ofPlan.get(), true));
    }
    return all;
  }

  Purse purse(String account, String instance, Budgets.Owned owned, Instant now) {
    var start = owned.budget().period().start(now);
    return new Purse(
        owned.owner(),
        owned.budget(),
        spent(account, instance, owned, start),
        reserved(account, instance, owned, start));
  }

  /** What a budget binds of what calls that began on a day or later have cost. */
  private Money spent(String account, String instance, Budgets.Owned owned, LocalDate start) {
    var whose = Whose.of(account, instance, owned, start);
    var currency = owned.budget().amount().currency();
    var values = whose.after(start.toEpochDay());
    return switch (owned.owner().kind()) {
      case ACCOUNT ->
          sum(
              currency,
              "SELECT %s FROM spend_day WHERE day >= ? AND " + whose.condition(),
              "amount",
              "day",
              values);
      case INSTANCE ->
          sum(
              currency,
              "SELECT %s FROM usage_day WHERE day >= ? AND " + whose.condition(),
              "cost",
              "day",
              values);
    };
  }

  /** The same for what is set aside for calls that have not ended. */
  private Money reserved(String account, String instance, Budgets.Owned owned, LocalDate start) {
    var whose = Whose.of(account, instance, owned, start);
    return sum(
        owned.budget().amount().currency(),
        "SELECT %s FROM reservation WHERE started_at >= ? AND " + whose.condition(),
        "reserved",
        "started_at / 86400000",
        whose.after(Whose.millisOf(start)));
  }

  /**
   * Adds up amounts, those in other currencies by the rates of their days.
   *
   * @param query with a place for what is selected
   * @param day an expression for the day of a row
   */
  private Money sum(Currency currency, String query, String amount, String day, Object... values) {
    var own =
        sql.query(
                query.formatted("COALESCE(SUM(" + amount + "), 0)") + " AND currency = ?",
                row -> row.getLong(1),
                and(values, currency.getCurrencyCode()))
            .getFirst();
    if (!rates.reaches(currency)) {
      return new Money(currency, own);
    }
    return sql
        .query(
            query.formatted(day + ", currency, SUM(" + amount + ")")
                + " AND currency <> ? AND currency <> '' GROUP BY 1, 2",
            row ->
                converted(
                    LocalDate.ofEpochDay(row.getLong(1)),
                    Money.currency(row.getString(2)),
                    row.getLong(3),
                    currency),
            and(values, currency.getCurrencyCode()))
        .stream()
        .reduce(new Money(currency, own), Money::plusAtMost);
  }

  /** What the currency of a call's price is worth in another, today. */
  Optional<Rate> rateOf(Ask ask, Currency currency, Instant now) {
    return ask.price()
        .flatMap(price ->
            rates.at(price.currency(), currency, LocalDate.ofInstant(now, ZoneOffset.UTC)));
  }

  /** What an amount in the currency of a call's price is worth in that of a budget. */
  long worth(Ask ask, long amount, Purse purse, Instant now) {
    var currency = purse.budget().amount().currency();
    return ask.price().filter(price -> price.currency().equals(currency)).isPresent()
        ? amount
        : rateOf(ask, currency, now).map(rate -> rate.up(amount)).orElse(0L);
  }

  private Money converted(LocalDate day, Currency from, long amount, Currency to) {
    return new Money(to, rates.atOrEarliest(from, to, day).map(rate -> rate.up(amount)).orElse(0L));
  }

  /** The text as every database keeps it: PostgreSQL knows no NUL. */
  private static String kept(String text) {
    return text.replace('\0', '\uFFFD');
  }

  private static Object[] and(Object[] values, Object last) {
    var all = Arrays.copyOf(values, values.length + 1);
    all[values.length] = last;
    return all;
  }

  /**
   * Notes that a call has begun.
   *
   * @param lost what is booked should it be lost
   */
  void begin(Used lost, Verdict.Granted granted, String holder, Instant deadline) {
    var call = lost.call();
    sql.update(
        """
        INSERT INTO reservation (id, instance_id, account_id, key_id, model, started_at, holder, deadline, currency,
          reserved, input, output, cost, tokens, taken)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
        granted.reserved(),
        lost.tokens().input(),
        lost.tokens().output(),
        lost.cost(),
        granted.tokens(),
        lost.taken());
  }

  /** Sets nothing aside any more for a call under way; empty if it is not under way. */
  Optional<Used> release(String id) {
    return sql
        .change(
            "UPDATE reservation SET reserved = 0, tokens = 0 WHERE id = ? RETURNING *",
            Used::reserved,
            id)
        .stream()
        .findFirst();
  }

  /**
   * Sets something else aside for a call under way.
   *
   * @param lost what is booked should it be lost
   */
  void hold(String id, Tokens lost, long cost, long reserved, long tokens) {
    sql.update(
        "UPDATE reservation SET input = ?, output = ?, cost = ?, reserved = ?, tokens = ? WHERE id = ?",
        lost.read(),
        lost.output(),
        cost,
        reserved,
        tokens,
        id);
  }

  /** Ends the reservation of a call; empty if it was ended before. */
  Optional<Used> end(String id) {
    return sql
        .change("DELETE FROM reservation WHERE id = ? RETURNING *", Used::reserved, id)
        .stream()
        .findFirst();
  }

  /** Takes a call that was booked as lost out of the books; empty if it was not. */
  Optional<Used> takeBack(String id) {
    var lost =
        sql
            .change(
                "DELETE FROM model_call WHERE id = ? AND outcome = ? RETURNING *",
                Used::booked,
                id,
                Outcome.LOST.name())
            .stream()
            .findFirst();
    lost.ifPresent(it -> sums().add(new DaySums.Summed(it, NO_PROVIDER, true), -1));
    return lost;
  }

  /**
   * Enters a call that has ended; false if it was entered before. Anybody may ask for any name: one
   * that was refused and used nothing is not named in the books.
   */
  boolean enter(Used ended, Settlement settlement, Instant now) {
    var refused = settlement.outcome() == Outcome.REFUSED && ended.tokens().total() == 0;
    var used = refused ? ended.ofModel(OTHER) : ended;
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
                settlement.answeredModel() == null ? null : kept(settlement.answeredModel()),
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
      var provider = Optional.ofNullable(settlement.provider()).orElse(NO_PROVIDER);
      sums().add(new DaySums.Summed(used, provider, settlement.estimated()), 1);
    }
    return isNew;
  }

  /** Deletes some calls that ended before a time; their sums stay. */
  void forget(Instant before, int most) {
    sql.update(
        "DELETE FROM model_call WHERE id IN (SELECT id FROM model_call WHERE ended_at < ? ORDER BY ended_at LIMIT ? "
            + sql.lockUnlocked()
            + ")",
        before.toEpochMilli(),
        most);
  }

  /** Notes which parts of the budgets are spent by now, and returns those that are so anew. */
  List<Reached> spent(Call call, Optional<Budget> ofPlan) {
    var all = new ArrayList<Reached>();
    for (var owned : budgets(call.account(), call.instance(), ofPlan)) {
      var budget = owned.budget();
      var start = budget.period().start(call.started());
      budget
          .announced(spent(call.account(), call.instance(), owned, start))
          .filter(percent -> Announced.note(sql, owned.owner(), Announced.BUDGET, start, percent))
          .ifPresent(percent ->
              all.add(new BudgetReached(call.instance(), owned.owner(), budget, percent)));
    }
    return all;
  }

  /** Something worth an announcement. */
  sealed interface Reached {}

  /** A part of a budget that is spent. */
  record BudgetReached(String instance, BudgetOwner owner, Budget budget, int percent)
      implements Reached {}

  /** A day's tokens that are used up. */
  record TokensReached(String instance, BudgetOwner owner, long tokensPerDay) implements Reached {}
}
