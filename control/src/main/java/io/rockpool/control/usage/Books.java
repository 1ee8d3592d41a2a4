package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.money.Rate;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.BudgetOwner.Kind;
import io.rockpool.control.usage.Quota.Measure;
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
import java.util.OptionalLong;
import java.util.stream.Stream;
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

  private static final String NO_PROVIDER = "";

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

  /** Quotas that bind an instance of an account, as they stand now. */
  List<Meter> meters(String account, String instance, List<Quotas.Owned> quotas, Instant now) {
    return quotas.stream().map(it -> meter(account, instance, it, now)).toList();
  }

  private Meter meter(String account, String instance, Quotas.Owned owned, Instant now) {
    var quota = owned.quota();
    var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    var underWay =
        quota.tokensPerDay().isPresent() || quota.callsAtOnce().isPresent()
            ? underWay(Whose.of(account, instance, owned, today), today)
            : UnderWay.NOTHING;
    return new Meter(
        owned.owner(),
        quota,
        quota.tokensPerDay().isPresent()
            ? tokens(Whose.of(account, instance, owned, today), today)
            : 0,
        underWay.tokens(),
        underWay.calls(),
        level(owned.owner(), Measure.REQUESTS_PER_MINUTE, quota.requestsPerMinute(), now),
        level(owned.owner(), Measure.TOKENS_PER_MINUTE, quota.tokensPerMinute(), now));
  }

  private record UnderWay(long calls, long tokens) {
    static final UnderWay NOTHING = new UnderWay(0, 0);
  }

  private UnderWay underWay(Whose whose, LocalDate today) {
    return sql.query(
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN started_at >= ? THEN tokens ELSE 0 END), 0) FROM reservation WHERE "
                + whose.condition(),
            row -> new UnderWay(row.getLong(1), row.getLong(2)),
            whose.after(millis(today)))
        .getFirst();
  }

  private long tokens(Whose whose, LocalDate today) {
    return sql.query(
            "SELECT COALESCE(SUM(input + cache_read + cache_write_5m + cache_write_1h + output), 0) FROM usage_day WHERE day = ? AND "
                + whose.condition(),
            row -> row.getLong(1),
            whose.after(today.toEpochDay()))
        .getFirst();
  }

  /**
   * The rows that count for a budget or a quota.
   *
   * @param values of the condition
   */
  private record Whose(String condition, List<Object> values) {
    static Whose of(String account, String instance, Quotas.Owned owned, LocalDate start) {
      return of(account, instance, owned.owner().kind(), owned.ofPlan(), start);
    }

    static Whose of(String account, String instance, Budgets.Owned owned, LocalDate start) {
      return of(account, instance, owned.owner().kind(), owned.ofPlan(), start);
    }

    /**
     * What is granted by a plan is used up by instances that are gone, too: whoever destroys one
     * and creates another gains nothing.
     */
    private static Whose of(
        String account, String instance, Kind kind, boolean ofPlan, LocalDate start) {
      return switch (kind) {
        case ACCOUNT -> new Whose("account_id = ?", List.of(account));
        case INSTANCE ->
            ofPlan
                ? new Whose(
                    "account_id = ? AND instance_id IN (SELECT ? UNION ALL SELECT id FROM destroyed_instance WHERE account_id = ? AND destroyed_at >= ?)",
                    List.of(account, instance, account, millis(start)))
                : new Whose("account_id = ? AND instance_id = ?", List.of(account, instance));
      };
    }

    /** All values of a query whose first is another. */
    Object[] after(Object first) {
      return Stream.concat(Stream.of(first), values.stream()).toArray();
    }
  }

  private Level level(BudgetOwner owner, Measure measure, OptionalLong perMinute, Instant now) {
    return perMinute.isEmpty()
        ? Level.EMPTY
        : sql
            .query(
                "SELECT * FROM quota_level WHERE owner = ? AND measure = ?",
                row ->
                    new Level(row.getLong("drops"), Instant.ofEpochMilli(row.getLong("seen_at"))),
                owner.key(),
                measure.name())
            .stream()
            .findFirst()
            .orElse(Level.EMPTY)
            .at(now, perMinute.getAsLong());
  }

  /** Takes from the minute what a call is expected to use; returns how many tokens that were. */
  long take(List<Meter> meters, Ask ask) {
    long taken = 0;
    for (var meter : meters) {
      if (meter.quota().requestsPerMinute().isPresent()) {
        keep(meter.owner(), Measure.REQUESTS_PER_MINUTE, meter.requests().plus(1));
      }
      if (meter.quota().tokensPerMinute().isPresent()) {
        taken = ask.expected();
        keep(meter.owner(), Measure.TOKENS_PER_MINUTE, meter.tokens().plus(taken));
      }
    }
    return taken;
  }

  /** Takes so many tokens more from the minute, or gives them back. */
  void correct(List<Quotas.Owned> quotas, long more, Instant now) {
    for (var owned : quotas) {
      var perMinute = owned.quota().tokensPerMinute();
      if (more != 0 && perMinute.isPresent()) {
        var level = level(owned.owner(), Measure.TOKENS_PER_MINUTE, perMinute, now);
        keep(owned.owner(), Measure.TOKENS_PER_MINUTE, level.plus(more));
      }
    }
  }

  /** Keeps a level, unless its owner is gone. */
  private void keep(BudgetOwner owner, Measure measure, Level level) {
    var kind = owner.kindName();
    sql.update(
        """
        INSERT INTO quota_level (owner, measure, %s_id, drops, seen_at)
        SELECT ?, ?, id, ?, ? FROM %s WHERE id = ?
        ON CONFLICT (owner, measure) DO UPDATE SET drops = excluded.drops, seen_at = excluded.seen_at
        """
            .formatted(kind, kind),
        owner.key(),
        measure.name(),
        level.drops(),
        level.seenAt().toEpochMilli(),
        owner.id());
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
        whose.after(millis(start)));
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

  private static long millis(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
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
    lost.ifPresent(it -> add(new Summed(it, NO_PROVIDER, true), -1));
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
      add(new Summed(used, provider, settlement.estimated()), 1);
    }
    return isNew;
  }

  /**
   * A call, as it is added up.
   *
   * @param provider who answered last
   * @param estimated whether its tokens are Rockpool's own estimate, or a part of them is
   */
  private record Summed(Used used, String provider, boolean estimated) {
    Summed ofModel(String name) {
      return new Summed(used.ofModel(name), provider, estimated);
    }

    Summed ofProvider(String name) {
      return new Summed(used, name, estimated);
    }
  }

  /** Adds a call to the sums, or takes it out of them again. */
  private void add(Summed summed, int sign) {
    var used = summed.used();
    var call = used.call();
    if (!change(summed, sign)) {
      var there = there(call);
      var named = summed;
      if (there.models() >= MOST_NAMES) {
        // Should it be taken back, it must be found where it was added.
        sql.update("UPDATE model_call SET model = ? WHERE id = ?", OTHER, call.id());
        named = summed.ofModel(OTHER);
      }
      insert(there.sums() < MOST_SUMS ? named : named.ofProvider(NO_PROVIDER), sign);
    }
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

  /** Changes the sums that a call belongs to; false if there are none yet. */
  private boolean change(Summed summed, int sign) {
    var used = summed.used();
    var call = used.call();
    var tokens = used.tokens();
    return sql.update(
            """
            UPDATE usage_day SET calls = calls + ?, input = input + ?, cache_read = cache_read + ?,
              cache_write_5m = cache_write_5m + ?, cache_write_1h = cache_write_1h + ?, output = output + ?,
              reasoning = reasoning + ?, cost = cost + ?, estimated = estimated + ?
            WHERE instance_id = ? AND account_id = ? AND day = ? AND model = ? AND provider = ? AND currency = ?
            """,
            sign,
            sign * tokens.input(),
            sign * tokens.cacheRead(),
            sign * tokens.cacheWrite5m(),
            sign * tokens.cacheWrite1h(),
            sign * tokens.output(),
            sign * tokens.reasoning(),
            sign * used.cost(),
            summed.estimated() ? sign : 0,
            call.instance(),
            call.account(),
            call.day(),
            call.model(),
            summed.provider(),
            currency(call))
        == 1;
  }

  /**
   * What there is of an instance on a day.
   *
   * @param models others that are named
   */
  private record There(long sums, long models) {}

  private There there(Call call) {
    return sql.query(
            "SELECT COUNT(*), COUNT(DISTINCT CASE WHEN model NOT IN (?, ?) THEN model END) FROM usage_day WHERE instance_id = ? AND account_id = ? AND day = ?",
            row -> new There(row.getLong(1), row.getLong(2)),
            OTHER,
            call.model(),
            call.instance(),
            call.account(),
            call.day())
        .getFirst();
  }

  private void insert(Summed summed, int sign) {
    var used = summed.used();
    var call = used.call();
    var tokens = used.tokens();
    sql.update(
        """
        INSERT INTO usage_day (instance_id, account_id, day, model, provider, currency, calls, input, cache_read,
          cache_write_5m, cache_write_1h, output, reasoning, cost, estimated)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (instance_id, account_id, day, model, provider, currency) DO UPDATE SET
          calls = usage_day.calls + excluded.calls, input = usage_day.input + excluded.input,
          cache_read = usage_day.cache_read + excluded.cache_read,
          cache_write_5m = usage_day.cache_write_5m + excluded.cache_write_5m,
          cache_write_1h = usage_day.cache_write_1h + excluded.cache_write_1h,
          output = usage_day.output + excluded.output, reasoning = usage_day.reasoning + excluded.reasoning,
          cost = usage_day.cost + excluded.cost, estimated = usage_day.estimated + excluded.estimated
        """,
        call.instance(),
        call.account(),
        call.day(),
        call.model(),
        summed.provider(),
        currency(call),
        sign,
        sign * tokens.input(),
        sign * tokens.cacheRead(),
        sign * tokens.cacheWrite5m(),
        sign * tokens.cacheWrite1h(),
        sign * tokens.output(),
        sign * tokens.reasoning(),
        sign * used.cost(),
        summed.estimated() ? sign : 0);
  }

  private static String currency(Call call) {
    return call.currency() == null ? "" : call.currency();
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

  /** The same for the tokens of the call's day. */
  List<Reached> usedUp(Call call, List<Quotas.Owned> quotas) {
    var all = new ArrayList<Reached>();
    var day = LocalDate.ofInstant(call.started(), ZoneOffset.UTC);
    for (var owned : quotas) {
      var limit = owned.quota().tokensPerDay();
      if (limit.isPresent()
          && tokens(Whose.of(call.account(), call.instance(), owned, day), day)
              >= limit.getAsLong()) {
        usedUp(call.instance(), owned.owner(), limit.getAsLong(), call.started())
            .ifPresent(all::add);
      }
    }
    return all;
  }

  /** Notes that a day's tokens are used up; empty if that was known. */
  Optional<Reached> usedUp(String instance, BudgetOwner owner, long tokensPerDay, Instant now) {
    var today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    return Announced.note(sql, owner, Announced.TOKENS_PER_DAY, today, 100)
        ? Optional.of(new TokensReached(instance, owner, tokensPerDay))
        : Optional.empty();
  }

  /** Something worth an announcement. */
  sealed interface Reached {}

  /** A part of a budget that is spent. */
  record BudgetReached(String instance, BudgetOwner owner, Budget budget, int percent)
      implements Reached {}

  /** A day's tokens that are used up. */
  record TokensReached(String instance, BudgetOwner owner, long tokensPerDay) implements Reached {}
}
