package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.runtime.InstanceId;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The books of all model calls. A call is {@linkplain #reserve reserved} before it begins, and
 * {@linkplain #settle settled} when it ends: both are durable when they return. What a server left
 * open when it died is settled by the next one as if it had used all it had reserved, since nobody
 * knows.
 *
 * <p>What was spent is never counted apart from the calls: it is the sum of what is booked.
 */
public final class Ledger {
  /** A call is believed to be under way for so long after its server was last heard of. */
  static final Duration HELD = Duration.ofMinutes(1);

  /** Who is told that a part of a budget is spent; called outside of any transaction. */
  public interface Announcements {
    /**
     * @param instance whose call it was
     * @param percent 50, 80 or 100
     */
    void spent(InstanceId instance, BudgetOwner owner, Budget budget, int percent);
  }

  private static final List<Integer> ANNOUNCED = List.of(100, 80, 50);

  private final Sql sql;
  private final GroupCommit commits;
  private final Announcements announcements;
  private final InstantSource clock;
  private final String holder = UUID.randomUUID().toString();
  private final WaitingLines lines = new WaitingLines();

  public Ledger(Sql sql, GroupCommit commits, Announcements announcements, InstantSource clock) {
    this.sql = sql;
    this.commits = commits;
    this.announcements = announcements;
    this.clock = clock;
  }

  /**
   * Sets aside what a call may cost at most. Where calls in flight have set aside what is missing,
   * it waits for them, those of an account in their order.
   *
   * @param patience so long it waits at most
   * @return {@link Verdict.Granted}, or why not; never {@link Verdict.Wait}
   */
  public Verdict reserve(Ask ask, Duration patience) throws InterruptedException {
    var first = attempt(ask, !patience.isZero());
    return first instanceof Verdict.Wait
        ? lines.wait(ask.accountId(), patience, last -> attempt(ask, !last))
        : first;
  }

  private Verdict attempt(Ask ask, boolean mayWait) {
    var now = clock.instant();
    return commits.run(
        order(ask.accountId(), ask.instance().value()), it -> reserve(it, ask, mayWait, now));
  }

  private Verdict reserve(Sql it, Ask ask, boolean mayWait, Instant now) {
    lock(it, ask.accountId());
    var purses = new ArrayList<Purse>();
    for (var owner :
        List.of(BudgetOwner.account(ask.accountId()), BudgetOwner.of(ask.instance()))) {
      Budgets.locked(it, owner).ifPresent(budget -> purses.add(purse(it, owner, budget, now)));
    }
    var foreign =
        purses.stream()
            .filter(purse -> purse.budget().hard())
            .filter(purse -> ask.price().isPresent())
            .filter(_ -> ask.price().get().atMost(ask.read(), ask.written()).nanos() > 0)
            .filter(
                purse -> !purse.budget().amount().currency().equals(ask.price().get().currency()))
            .findFirst();
    if (foreign.isPresent()) {
      return new Verdict.Unpriced(foreign.get().owner(), foreign.get().budget());
    }
    var verdict = Purse.decide(ask, purses, mayWait);
    if (verdict instanceof Verdict.Granted granted) {
      open(it, ask, granted, now);
    }
    return verdict;
  }

  /** How a budget stands now; empty where there is none. */
  public Optional<Purse> standing(BudgetOwner owner) {
    return Budgets.read(sql, owner).map(budget -> purse(sql, owner, budget, clock.instant()));
  }

  private static Purse purse(Sql it, BudgetOwner owner, Budget budget, Instant now) {
    var start = budget.period().start(now);
    var currency = budget.amount().currency();
    return new Purse(
        owner,
        budget,
        spent(it, owner, currency, start),
        new Money(currency, reserved(it, owner, currency, start)));
  }

  private static Money spent(Sql it, BudgetOwner owner, Currency currency, LocalDate start) {
    return new Money(
        currency,
        it.query(
                "SELECT COALESCE(SUM(amount), 0) FROM spend_day WHERE owner = ? AND day >= ? AND currency = ?",
                row -> row.getLong(1),
                owner.key(),
                start.toEpochDay(),
                currency.getCurrencyCode())
            .getFirst());
  }

  private static long reserved(Sql it, BudgetOwner owner, Currency currency, LocalDate start) {
    var column =
        switch (owner.kind()) {
          case ACCOUNT -> "account_id";
          case INSTANCE -> "instance_id";
        };
    return it.query(
            "SELECT COALESCE(SUM(reserved), 0) FROM reservation WHERE "
                + column
                + " = ? AND started_at >= ? AND currency = ?",
            row -> row.getLong(1),
            owner.id(),
            start.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli(),
            currency.getCurrencyCode())
        .getFirst();
  }

  private void open(Sql it, Ask ask, Verdict.Granted granted, Instant now) {
    // Without a hard budget nothing is set aside; should the call be lost, the likely is booked.
    var written = granted.isBound() ? granted.written() : ask.least();
    it.update(
        """
        INSERT INTO reservation (id, instance_id, account_id, key_id, model, started_at, holder, deadline, currency,
          reserved, input, output, cost)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        ask.id(),
        ask.instance().value(),
        ask.accountId(),
        ask.keyId(),
        ask.model(),
        now.toEpochMilli(),
        holder,
        now.plus(HELD).toEpochMilli(),
        ask.price().map(price -> price.currency().getCurrencyCode()).orElse(null),
        granted.reserved(),
        ask.read(),
        written,
        ask.price().map(price -> price.atMost(ask.read(), written).nanos()).orElse(0L));
  }

  /**
   * A call under way, as it is reserved.
   *
   * @param lost what is booked should it be lost, at the cost of {@code cost}
   */
  private record Call(
      String id,
      String instance,
      String account,
      String key,
      String model,
      Instant started,
      @Nullable String currency,
      Tokens lost,
      long cost) {
    static Call read(ResultSet row) throws SQLException {
      return new Call(
          row.getString("id"),
          row.getString("instance_id"),
          row.getString("account_id"),
          row.getString("key_id"),
          row.getString("model"),
          Instant.ofEpochMilli(row.getLong("started_at")),
          row.getString("currency"),
          Tokens.of(row.getLong("input"), row.getLong("output")),
          row.getLong("cost"));
    }

    long day() {
      return LocalDate.ofInstant(started, ZoneOffset.UTC).toEpochDay();
    }

    List<BudgetOwner> owners() {
      return List.of(
          BudgetOwner.account(account), new BudgetOwner(BudgetOwner.Kind.INSTANCE, instance));
    }
  }

  private record Reached(String instance, BudgetOwner owner, Budget budget, int percent) {}

  /**
   * Books what a call used, at the price of its beginning, and gives back what it did not. Again,
   * it changes nothing; but what was booked as lost is corrected.
   */
  public void settle(Ask ask, Settlement settlement) {
    var now = clock.instant();
    var reached =
        commits.run(
            order(ask.accountId(), ask.instance().value()),
            it -> {
              lock(it, ask.accountId());
              return taken(it, ask.id())
                  .or(() -> takenBack(it, ask.id()))
                  .map(call -> book(it, call, settlement, cost(ask, settlement), now))
                  .orElse(List.of());
            });
    settled(ask.accountId(), reached);
  }

  private static long cost(Ask ask, Settlement settlement) {
    return ask.price().map(price -> price.cost(settlement.tokens()).nanos()).orElse(0L);
  }

  private void settled(String account, List<Reached> reached) {
    lines.settled(account);
    reached.forEach(it ->
        announcements.spent(new InstanceId(it.instance()), it.owner(), it.budget(), it.percent()));
  }

  /** Ends the reservation of a call; empty if it was ended before. */
  private static Optional<Call> taken(Sql it, String id) {
    return it.change("DELETE FROM reservation WHERE id = ? RETURNING *", Call::read, id).stream()
        .findFirst();
  }

  /** Takes a call that was booked as lost out of the books; empty if it was not. */
  private static Optional<Call> takenBack(Sql it, String id) {
    var lost =
        it
            .change(
                "DELETE FROM model_call WHERE id = ? AND outcome = ? RETURNING *",
                Call::read,
                id,
                Outcome.LOST.name())
            .stream()
            .findFirst();
    lost.ifPresent(call -> sum(it, call, call.lost(), call.cost(), -1));
    return lost;
  }

  private static List<Reached> book(
      Sql it, Call call, Settlement settlement, long cost, Instant now) {
    var tokens = settlement.tokens();
    it.update(
        """
        INSERT INTO model_call (id, instance_id, account_id, key_id, model, started_at, ended_at, outcome, provider,
          answered_model, attempts, estimated, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning,
          currency, cost)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
        cost);
    sum(it, call, tokens, cost, 1);
    return cost == 0 ? List.of() : reached(it, call);
  }

  /** Adds a call to the sums, or takes it out of them again. */
  private static void sum(Sql it, Call call, Tokens tokens, long cost, int sign) {
    it.update(
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
        sign * cost);
    if (cost == 0 || call.currency() == null) {
      return;
    }
    for (var owner : call.owners()) {
      // The instance may be gone by now: nobody asks any more what it spent.
      it.update(
          """
          INSERT INTO spend_day (owner, day, currency, instance_id, amount)
          SELECT ?, ?, ?, ?, ? FROM account WHERE id = ? AND (? = 0 OR EXISTS (SELECT 1 FROM instance WHERE id = ?))
          ON CONFLICT (owner, day, currency) DO UPDATE SET amount = spend_day.amount + excluded.amount
          """,
          owner.key(),
          call.day(),
          call.currency(),
          owner.kind() == BudgetOwner.Kind.INSTANCE ? call.instance() : null,
          sign * cost,
          call.account(),
          owner.kind() == BudgetOwner.Kind.INSTANCE ? 1 : 0,
          call.instance());
    }
  }

  private static List<Reached> reached(Sql it, Call call) {
    var all = new ArrayList<Reached>();
    for (var owner : call.owners()) {
      Budgets.locked(it, owner)
          .ifPresent(budget -> {
            var start = budget.period().start(call.started());
            var spent = spent(it, owner, budget.amount().currency(), start);
            for (var percent : ANNOUNCED) {
              if (isSpent(spent, budget.amount(), percent)) {
                if (Budgets.announce(it, owner, start, percent)) {
                  all.add(new Reached(call.instance(), owner, budget, percent));
                }
                break;
              }
            }
          });
    }
    return all;
  }

  private static boolean isSpent(Money spent, Money amount, int percent) {
    var hundredfold = BigInteger.valueOf(spent.nanos()).multiply(BigInteger.valueOf(100));
    var part = BigInteger.valueOf(amount.nanos()).multiply(BigInteger.valueOf(percent));
    return hundredfold.compareTo(part) >= 0;
  }

  /** Says that the calls of this server are still under way; more often than {@link #HELD}. */
  public void renew() {
    sql.update(
        "UPDATE reservation SET deadline = ? WHERE holder = ?",
        clock.instant().plus(HELD).toEpochMilli(),
        holder);
  }

  /** Settles what servers that are not heard of any more left open. */
  public void settleLost() {
    settleLost("deadline < ?", clock.millis());
  }

  /** Settles what every other server left open: the caller knows that there is none. */
  public void settleAllOthers() {
    settleLost("holder <> ?", holder);
  }

  private void settleLost(String condition, Object value) {
    var lost = sql.query("SELECT * FROM reservation WHERE " + condition, Call::read, value);
    for (var call : lost) {
      var settlement = new Settlement(Outcome.LOST, null, null, 0, true, call.lost());
      var reached =
          commits.run(
              order(call.account(), call.instance()),
              it -> {
                lock(it, call.account());
                return taken(it, call.id())
                    .map(now -> book(it, now, settlement, now.cost(), clock.instant()))
                    .orElse(List.of());
              });
      settled(call.account(), reached);
    }
  }

  /** Other servers' work on the account waits until this transaction has ended. */
  private static void lock(Sql it, String account) {
    it.update("UPDATE account SET name = name WHERE id = ?", account);
  }

  private static String order(String account, String instance) {
    return account + "/" + instance;
  }
}
