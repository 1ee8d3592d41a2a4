package io.rockpool.control.usage;

import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Books.Call;
import io.rockpool.control.usage.Books.Reached;
import io.rockpool.control.usage.Books.Used;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The books of all model calls. A call is {@linkplain #reserve reserved} before it begins, and
 * {@linkplain #settle settled} when it ends; what is settled is durable. What a server left open
 * when it died is settled by the next one as if it had used all that it might, since nobody knows.
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

  private final Sql sql;
  private final GroupCommit commits;
  private final Budgets budgets;
  private final Announcements announcements;
  private final InstantSource clock;
  private final String holder = UUID.randomUUID().toString();
  private final WaitingLines lines = new WaitingLines();

  /** Calls under way that no hard budget binds. */
  private final Map<String, Unbound> unbound = new ConcurrentHashMap<>();

  /** Calls that have ended and could not be booked. */
  private final Queue<Unbooked> unbooked = new ConcurrentLinkedQueue<>();

  private record Unbooked(Ask ask, Settlement settlement, Instant begun, Instant ended) {}

  private record Unbound(Ask ask, Instant started, AtomicBoolean noted) {}

  public Ledger(
      Sql sql,
      GroupCommit commits,
      Budgets budgets,
      Announcements announcements,
      InstantSource clock) {
    this.sql = sql;
    this.commits = commits;
    this.budgets = budgets;
    this.announcements = announcements;
    this.clock = clock;
  }

  /**
   * What became of an ask.
   *
   * @param ask as it was decided on: what is to be settled if it was granted
   * @param verdict {@link Verdict.Granted}, or why not; never {@link Verdict.Wait}
   */
  public record Reservation(Ask ask, Verdict verdict) {}

  /**
   * Sets aside what a call may cost at most. Where calls in flight have set aside what is missing,
   * it waits for them, those of an account in their order. Where no hard budget binds the call, it
   * waits for nothing.
   *
   * @param asks the call, with what is known of its model by now; asked again while it waits
   * @param patience so long it waits at most
   */
  public Reservation reserve(Supplier<Ask> asks, Duration patience) throws InterruptedException {
    var ask = asks.get();
    if (!budgets.mayBind(ask.accountId(), ask.instance())) {
      unbound.put(ask.id(), new Unbound(ask, clock.instant(), new AtomicBoolean()));
      return new Reservation(ask, new Verdict.Granted(ask.written(), 0));
    }
    var first = attempt(ask, !patience.isZero());
    return first.verdict() instanceof Verdict.Wait
        ? lines.wait(ask.accountId(), patience, last -> attempt(asks.get(), !last))
        : first;
  }

  private Reservation attempt(Ask ask, boolean mayWait) {
    var now = clock.instant();
    return locked(
        ask.accountId(),
        ask.instance().value(),
        books -> {
          var purses = books.purses(ask.accountId(), ask.instance().value(), now);
          var verdict = Purse.decide(ask, purses, mayWait);
          if (verdict instanceof Verdict.Granted granted) {
            begin(books, ask, granted, now);
          }
          return new Reservation(ask, verdict);
        });
  }

  private void begin(Books books, Ask ask, Verdict.Granted granted, Instant now) {
    // Without a hard budget nothing is set aside; should the call be lost, the likely is booked.
    var written = granted.isBound() ? granted.written() : ask.least();
    var cost = ask.price().map(price -> price.atMost(ask.read(), written).nanos()).orElse(0L);
    books.begin(
        new Used(Call.of(ask, now), Tokens.of(ask.read(), written), cost),
        granted.reserved(),
        holder,
        now.plus(HELD));
  }

  /**
   * How a budget stands now; empty where there is none.
   *
   * @param account that the owner is, or belongs to
   */
  public Optional<Purse> standing(BudgetOwner owner, String account) {
    return budgets
        .of(owner)
        .map(budget ->
            new Books(sql)
                .purse(account, owner.id(), new Budgets.Owned(owner, budget), clock.instant()));
  }

  /**
   * Books what a call used, at the price of its beginning, and gives back what it did not. Again,
   * it changes nothing; but what was booked as lost is corrected.
   *
   * @throws RuntimeException it could not be booked now; {@link #note} tries again
   */
  public void settle(Ask ask, Settlement settlement) {
    var now = clock.instant();
    var begun = Optional.ofNullable(unbound.remove(ask.id())).map(Unbound::started).orElse(now);
    settle(new Unbooked(ask, settlement, begun, now));
  }

  private void settle(Unbooked it) {
    try {
      announced(it.ask().accountId(), booked(it));
    } catch (RuntimeException e) {
      unbooked.add(it);
      throw e;
    }
  }

  private List<Reached> booked(Unbooked it) {
    var ask = it.ask();
    var used = it.settlement().tokens();
    var cost = ask.price().map(price -> price.cost(used).nanos()).orElse(0L);
    return locked(
        ask.accountId(),
        ask.instance().value(),
        books -> {
          var call =
              books
                  .end(ask.id())
                  .or(() -> books.takeBack(ask.id()))
                  .map(Used::call)
                  .orElse(Call.of(ask, it.begun()));
          return book(books, new Used(call, used, cost), it.settlement(), it.ended());
        });
  }

  private static List<Reached> book(Books books, Used used, Settlement settlement, Instant now) {
    return books.enter(used, settlement, now) && used.cost() > 0
        ? books.reached(used.call())
        : List.of();
  }

  private void announced(String account, List<Reached> reached) {
    lines.settled(account);
    reached.forEach(it ->
        announcements.spent(new InstanceId(it.instance()), it.owner(), it.budget(), it.percent()));
  }

  /**
   * Books what could not be booked before, and notes the calls that have begun without being
   * reserved and are still under way, so that they are booked should this server die. Most calls
   * are over before.
   */
  public void note() {
    for (int left = unbooked.size(); left > 0; left--) {
      Optional.ofNullable(unbooked.poll()).ifPresent(this::settle);
    }
    unbound.forEach((id, call) -> {
      if (call.noted().compareAndSet(false, true)) {
        commits.later(
            order(call.ask()),
            it -> {
              if (unbound.containsKey(id)) { // otherwise it is settled, or about to be
                begin(
                    new Books(it),
                    call.ask(),
                    new Verdict.Granted(call.ask().written(), 0),
                    call.started());
              }
              return true;
            });
      }
    });
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
    var lost = sql.query("SELECT * FROM reservation WHERE " + condition, Used::read, value);
    for (var used : lost) {
      var call = used.call();
      var settlement = new Settlement(Outcome.LOST, null, null, 0, true, used.tokens());
      announced(
          call.account(),
          locked(
              call.account(),
              call.instance(),
              books ->
                  books
                      .end(call.id())
                      .map(now -> book(books, now, settlement, clock.instant()))
                      .orElse(List.of())));
    }
  }

  private <T> T locked(String account, String instance, Function<Books, T> work) {
    return commits.run(
        order(account, instance),
        it -> {
          var books = new Books(it);
          books.lock(account);
          return work.apply(books);
        });
  }

  private static String order(Ask ask) {
    return order(ask.accountId(), ask.instance().value());
  }

  private static String order(String account, String instance) {
    return account + "/" + instance;
  }
}
