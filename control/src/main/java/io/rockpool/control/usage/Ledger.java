package io.rockpool.control.usage;

import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Books.BudgetReached;
import io.rockpool.control.usage.Books.Call;
import io.rockpool.control.usage.Books.Reached;
import io.rockpool.control.usage.Books.TokensReached;
import io.rockpool.control.usage.Books.Used;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The books of all model calls. A call is {@linkplain #reserve reserved} before it begins, and
 * {@linkplain #settle settled} when it ends; what is settled is durable. What a server left open
 * when it died is settled by the next one as if it had used all that it might, since nobody knows.
 *
 * <p>What was spent is never counted apart from the calls: it is the sum of what is booked.
 */
public final class Ledger {
  private static final Logger log = LoggerFactory.getLogger(Ledger.class);

  /** A call is believed to be under way for so long after its server was last heard of. */
  static final Duration HELD = Duration.ofMinutes(1);

  /** For so long after its end Rockpool tries to book a call. */
  static final Duration TRIED = Duration.ofDays(1);

  /** For so long single calls are kept; their sums are kept for good. */
  static final Duration KEPT = Duration.ofDays(35);

  /** So many are forgotten at once: others wait meanwhile. */
  static final int FORGOTTEN = 500;

  /** With so many calls that cannot be booked, no other begins: they are in memory alone. */
  static final int MOST_UNBOOKED = 2_000;

  /** Who is told what is spent or used up; called outside of any transaction. */
  public interface Announcements {
    /** Listens to nothing. */
    Announcements UNHEARD =
        new Announcements() {
          @Override
          public void spent(InstanceId instance, BudgetOwner owner, Budget budget, int percent) {}

          @Override
          public void usedUp(InstanceId instance, BudgetOwner owner, long tokensPerDay) {}
        };

    /**
     * A part of a budget is spent.
     *
     * @param instance whose call it was
     * @param percent 50, 80 or 100
     */
    void spent(InstanceId instance, BudgetOwner owner, Budget budget, int percent);

    /**
     * The tokens of a day do not suffice for another call.
     *
     * @param instance whose call it was
     */
    void usedUp(InstanceId instance, BudgetOwner owner, long tokensPerDay);
  }

  /**
   * How long a call waits at most.
   *
   * @param budgets for others to give back what they set aside
   * @param quotas for a minute to move on, or others to end
   */
  public record Patience(Duration budgets, Duration quotas) {
    public static Patience of(Duration both) {
      return new Patience(both, both);
    }
  }

  private final Sql sql;
  private final GroupCommit commits;
  private final Bindings bindings;
  private final ExchangeRates rates;
  private final Announcements announcements;
  private final InstantSource clock;
  private final String holder = UUID.randomUUID().toString();
  private final WaitingLines lines = new WaitingLines();

  /** Calls under way that no hard budget binds. */
  private final Map<String, Unbound> unbound = new ConcurrentHashMap<>();

  private final Backlog backlog = new Backlog();

  /**
   * The reserved calls that are under way or not booked yet. A reservation of this server's that is
   * of none of them was kept without its server hearing of that.
   */
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  private record Unbound(Ask ask, Instant started, AtomicBoolean noted) {}

  public Ledger(
      Sql sql,
      GroupCommit commits,
      Bindings bindings,
      ExchangeRates rates,
      Announcements announcements,
      InstantSource clock) {
    this.sql = sql;
    this.commits = commits;
    this.bindings = bindings;
    this.rates = rates;
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
   * it waits for them, those that wait for the same budget or day in their order; where a quota
   * throttles it, for that. Where nothing binds the call, it waits for nothing.
   *
   * @param asks the call, with what is known of its model by now; asked again while it waits
   */
  public Reservation reserve(Supplier<Ask> asks, Patience patience) throws InterruptedException {
    var ask = asks.get();
    if (backlog.isFull()) {
      return new Reservation(ask, new Verdict.Unbookable());
    }
    if (!bindings.of(ask.accountId(), ask.instance()).binds()) {
      unbound.put(ask.id(), new Unbound(ask, clock.instant(), new AtomicBoolean()));
      return new Reservation(ask, new Verdict.Granted(ask.written(), 0));
    }
    var first = attempt(ask, !patience.budgets().isZero());
    return switch (first.verdict()) {
      case Verdict.Wait(var owner) ->
          lines.wait(
              owner,
              patience.budgets(),
              it -> mends(it, patience),
              last -> attempt(asks.get(), !last));
      case Verdict.Throttled(var owner, _, _, _) when mends(first.verdict(), patience) ->
          lines.wait(
              owner,
              patience.quotas(),
              it -> mends(it, patience),
              last -> attempt(asks.get(), !last && patience.budgets().isPositive()));
      case Verdict.Throttled _,
          Verdict.Granted _,
          Verdict.Busy _,
          Verdict.Spent _,
          Verdict.UsedUp _,
          Verdict.Unpriced _,
          Verdict.Unbookable _ ->
          first;
    };
  }

  private static boolean mends(Verdict verdict, Patience patience) {
    return verdict instanceof Verdict.Wait
        || (verdict instanceof Verdict.Throttled && patience.quotas().isPositive());
  }

  private Reservation attempt(Ask ask, boolean mayWait) {
    var now = clock.instant();
    var account = ask.accountId();
    var instance = ask.instance().value();
    var bound = bindings.of(account, ask.instance());
    var reached = new AtomicReference<List<Reached>>(List.of());
    var again = new AtomicBoolean();
    Optional<Reservation> reservation = Optional.empty();
    open.add(ask.id());
    try {
      reservation =
          Optional.of(
              locked(
                  account,
                  instance,
                  books -> {
                    // What was done the first time may have been kept, and nobody heard.
                    if (again.getAndSet(true)) {
                      cancel(books, ask.id(), bound, now);
                    }
                    var meters = books.quotas().meters(account, instance, bound.quotas(), now);
                    var verdict =
                        Admission.decide(
                            ask,
                            books.purses(account, instance, bound.ofPlan(), now),
                            currency -> books.rateOf(ask, currency, now),
                            meters,
                            mayWait);
                    reached.set(List.of());
                    if (verdict instanceof Verdict.Granted granted) {
                      begin(books, ask, granted, books.quotas().take(meters, ask), now);
                    } else if (verdict instanceof Verdict.UsedUp(var owner, var limit)) {
                      reached.set(
                          books.quotas().usedUp(instance, owner, limit, now).stream().toList());
                    }
                    return new Reservation(ask, verdict);
                  }));
    } finally {
      if (reservation.filter(it -> it.verdict() instanceof Verdict.Granted).isEmpty()) {
        open.remove(ask.id());
      }
    }
    reached.get().forEach(this::announce);
    return reservation.orElseThrow();
  }

  /** Takes back the reservation of a call that has not begun, if there is one. */
  private static void cancel(Books books, String id, Bindings.Bound bound, Instant now) {
    books.end(id).ifPresent(it -> books.quotas().correct(bound.quotas(), -it.taken(), now));
  }

  private void begin(Books books, Ask ask, Verdict.Granted granted, long taken, Instant now) {
    // Where nothing is set aside, the likely is booked should the call be lost.
    var written = granted.isBound() ? granted.written() : ask.least();
    var cost = ask.price().map(price -> price.atMost(ask.read(), written).nanos()).orElse(0L);
    books.begin(
        new Used(Call.of(ask, now), Tokens.of(ask.read(), written), cost, taken),
        granted,
        holder,
        now.plus(HELD));
  }

  /**
   * Lets a call under way be tried again, after a try that may be charged for although nobody
   * answered: sets aside what another may cost, beside what that one may have. It waits for
   * nothing, since others wait for this call.
   *
   * @param ask that was granted
   * @param lost what all tries before may have used; to be settled with the rest
   * @return how it may go on; empty where a hard budget or a day's tokens does not suffice for
   *     another try, or the call was given up for lost. What {@code lost} may cost stays set aside
   */
  public Optional<Verdict.Granted> again(Ask ask, Tokens lost) {
    var after = ask.after(lost);
    var open =
        unbound.computeIfPresent(ask.id(), (_, it) -> new Unbound(after, it.started(), it.noted()));
    if (open == null) {
      return locked(ask.accountId(), ask.instance().value(), books -> again(books, ask, lost));
    }
    if (open.noted().get()) {
      commits.run(
          order(ask),
          it -> {
            hold(books(it), after, after.least(), 0, 0);
            return true;
          });
    }
    return Optional.of(new Verdict.Granted(ask.written(), 0));
  }

  private Optional<Verdict.Granted> again(Books books, Ask ask, Tokens lost) {
    var open = books.release(ask.id());
    if (open.isEmpty()) {
      return Optional.empty();
    }
    var account = ask.accountId();
    var instance = ask.instance().value();
    var bound = bindings.of(account, ask.instance());
    var began = open.get().call().started();
    var cost =
        ask.price().map(price -> price.atMost(lost.read(), lost.output()).nanos()).orElse(0L);
    var purses =
        books.purses(account, instance, bound.ofPlan(), began).stream()
            .map(purse -> purse.after(books.worth(ask, cost, purse, began)))
            .toList();
    var meters =
        books.quotas().meters(account, instance, bound.quotas(), began).stream()
            .filter(Meter::isOfDay)
            .map(meter -> meter.after(lost.total()))
            .toList();
    var verdict =
        Admission.decide(
            ask, purses, currency -> books.rateOf(ask, currency, began), meters, false);
    if (!(verdict instanceof Verdict.Granted granted)) {
      books.hold(ask.id(), lost, cost, cost, lost.total());
      return Optional.empty();
    }
    hold(
        books,
        ask.after(lost),
        lost.output() + (granted.isBound() ? granted.written() : ask.least()),
        granted.reserved() > 0 ? granted.reserved() + cost : 0,
        granted.tokens() > 0 ? granted.tokens() + lost.total() : 0);
    return Optional.of(granted);
  }

  private static void hold(Books books, Ask after, long written, long reserved, long tokens) {
    var cost = after.price().map(price -> price.atMost(after.read(), written).nanos()).orElse(0L);
    books.hold(after.id(), Tokens.of(after.read(), written), cost, reserved, tokens);
  }

  /**
   * How a budget stands now: the owner's or, of an instance without one, that of its plan. Empty
   * where there is neither.
   *
   * @param account that the owner is, or belongs to
   */
  public Optional<Purse> standing(BudgetOwner owner, String account) {
    return Budgets.of(sql, owner)
        .or(() ->
            planBound(owner, account)
                .flatMap(Bindings.Bound::ofPlan)
                .map(budget -> new Budgets.Owned(owner, budget, true)))
        .map(owned -> books(sql).purse(account, owner.id(), owned, clock.instant()));
  }

  /**
   * How a quota stands now: the owner's or, of an instance without one, that of its plan. Empty
   * where there is neither.
   *
   * @param account that the owner is, or belongs to
   */
  public Optional<QuotaStanding> quota(BudgetOwner owner, String account) {
    return Quotas.of(sql, owner)
        .or(() -> planBound(owner, account).flatMap(it -> it.quotaOf(owner)))
        .map(owned -> {
          var meter =
              books(sql)
                  .quotas()
                  .meters(account, owner.id(), List.of(owned), clock.instant())
                  .getFirst();
          return new QuotaStanding(
              owned.quota(),
              meter.tokensUsed(),
              meter.tokensReserved(),
              meter.requests().used(),
              meter.tokens().used(),
              meter.calls());
        });
  }

  /** For the owner that is an instance, what binds it. */
  private Optional<Bindings.Bound> planBound(BudgetOwner owner, String account) {
    return owner.kind() == BudgetOwner.Kind.INSTANCE
        ? Optional.of(bindings.of(account, new InstanceId(owner.id())))
        : Optional.empty();
  }

  /**
   * A quota, as it stands now. What it does not limit is 0.
   *
   * @param tokensToday used by calls that have ended
   * @param tokensReserved of today's, set aside for calls that have not
   * @param requestsOfMinute how full the bucket of a minute is
   * @param tokensOfMinute the same; more than it holds where calls used more than expected
   */
  public record QuotaStanding(
      Quota quota,
      long tokensToday,
      long tokensReserved,
      long requestsOfMinute,
      long tokensOfMinute,
      long calls) {}

  /**
   * Books what a call used, at the price of its beginning, and gives back what it did not. Again,
   * it changes nothing; but what was booked as lost is corrected.
   *
   * @throws RuntimeException it could not be booked now; {@link #note} tries again
   */
  public void settle(Ask ask, Settlement settlement) {
    var now = clock.instant();
    open.add(ask.id());
    var begun = Optional.ofNullable(unbound.remove(ask.id())).map(Unbound::started).orElse(now);
    var ended = new Backlog.Unbooked(ask, settlement, begun, now, 0, now);
    try {
      settle(ended);
    } catch (RuntimeException e) {
      backlog.add(ended);
      throw e;
    }
  }

  private void settle(Backlog.Unbooked it) {
    var reached = booked(it);
    open.remove(it.ask().id());
    announced(it.ask().accountId(), it.ask().instance(), reached);
  }

  private List<Reached> booked(Backlog.Unbooked it) {
    var ask = it.ask();
    var used = it.settlement().tokens();
    var cost = ask.price().map(price -> price.cost(used).nanos()).orElse(0L);
    var bound = bindings.of(ask.accountId(), ask.instance());
    return locked(
        ask.accountId(),
        ask.instance().value(),
        books -> {
          var open = books.end(ask.id()).or(() -> books.takeBack(ask.id()));
          var call = open.map(Used::call).orElse(Call.of(ask, it.begun()));
          var taken = open.map(Used::taken).orElse(0L);
          return book(books, bound, new Used(call, used, cost, taken), it.settlement(), it.ended());
        });
  }

  private static List<Reached> book(
      Books books, Bindings.Bound bound, Used used, Settlement settlement, Instant now) {
    if (!books.enter(used, settlement, now)) {
      return List.of();
    }
    books.quotas().correct(bound.quotas(), used.tokens().total() - used.taken(), now);
    var reached = new ArrayList<>(books.quotas().usedUp(used.call(), bound.quotas()));
    if (used.cost() > 0) {
      reached.addAll(books.spent(used.call(), bound.ofPlan()));
    }
    return reached;
  }

  private void announced(String account, InstanceId instance, List<Reached> reached) {
    lines.settled(BudgetOwner.account(account));
    lines.settled(BudgetOwner.of(instance));
    reached.forEach(this::announce);
  }

  /** Whether or not anybody can be told, what is booked is booked. */
  private void announce(Reached reached) {
    try {
      switch (reached) {
        case BudgetReached(var instance, var owner, var budget, var percent) ->
            announcements.spent(new InstanceId(instance), owner, budget, percent);
        case TokensReached(var instance, var owner, var limit) ->
            announcements.usedUp(new InstanceId(instance), owner, limit);
      }
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("reached", reached)
          .setCause(e)
          .log("what is spent or used up cannot be announced");
    }
  }

  /**
   * Books what could not be booked before, and notes the calls that have begun without being
   * reserved and are still under way, so that they are booked should this server die. Most calls
   * are over before.
   */
  public void note() {
    backlog.tryAgain(clock.instant(), this::settle, this::giveUp);
    unbound.forEach((id, call) -> {
      if (call.noted().compareAndSet(false, true)) {
        commits.later(
            order(call.ask()),
            it -> {
              var now = unbound.get(id);
              if (now != null) { // otherwise it is settled, or about to be
                var granted = new Verdict.Granted(now.ask().written(), 0);
                begin(books(it), now.ask(), granted, 0, now.started());
              }
              return true;
            });
      }
    });
  }

  /** Leaves a call to whoever reads the log; its reservation, if it has one, to be lost. */
  private void giveUp(Backlog.Unbooked it, RuntimeException cause) {
    var ask = it.ask();
    try {
      sql.update("UPDATE reservation SET holder = '' WHERE id = ?", ask.id());
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
    open.remove(ask.id());
    var settlement = it.settlement();
    log.atError()
        .addKeyValue("call", ask.id())
        .addKeyValue("account", ask.accountId())
        .addKeyValue("instance", ask.instance())
        .addKeyValue("key", ask.keyId())
        .addKeyValue("model", ask.model())
        .addKeyValue("begun", it.begun())
        .addKeyValue("ended", it.ended())
        .addKeyValue("settlement", settlement)
        .addKeyValue("price", ask.price().orElse(null))
        .addKeyValue("cost", ask.price().map(price -> price.cost(settlement.tokens())).orElse(null))
        .setCause(cause)
        .log(
            "a model call could not be booked for a day; giving up; unless it is in the books as lost, book it by hand");
  }

  /**
   * Says that the calls of this server are still under way; more often than {@link #HELD}. Gives
   * back what is set aside in its name for calls that never began.
   */
  public void renew() {
    sql.update(
        "UPDATE reservation SET deadline = ? WHERE holder = ?",
        clock.instant().plus(HELD).toEpochMilli(),
        holder);
    // Whatever is there by now was known before: calls are known from before they are reserved.
    sql.query("SELECT * FROM reservation WHERE holder = ?", Used::reserved, holder).stream()
        .map(Used::call)
        .filter(it -> !open.contains(it.id()) && !unbound.containsKey(it.id()))
        .forEach(this::giveBack);
  }

  private void giveBack(Call stray) {
    var instance = new InstanceId(stray.instance());
    try {
      var bound = bindings.of(stray.account(), instance);
      locked(
          stray.account(),
          stray.instance(),
          books -> {
            cancel(books, stray.id(), bound, clock.instant());
            return true;
          });
      announced(stray.account(), instance, List.of());
      log.atWarn()
          .addKeyValue("call", stray.id())
          .addKeyValue("instance", instance)
          .log("what was set aside for a model call that never began was given back");
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("call", stray.id())
          .addKeyValue("instance", instance)
          .setCause(e)
          .log("what was set aside for a model call that never began cannot be given back yet");
    }
  }

  /** Deletes some of the calls that ended long ago. Their sums stay. */
  public void forgetOld() {
    var before = clock.instant().minus(KEPT);
    var any =
        sql.query(
            "SELECT 1 FROM model_call WHERE ended_at < ? LIMIT 1",
            _ -> true,
            before.toEpochMilli());
    if (!any.isEmpty()) {
      sql.transaction(it -> {
        books(it).forget(before, FORGOTTEN);
        return true;
      });
    }
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
    var lost = sql.query("SELECT * FROM reservation WHERE " + condition, Used::reserved, value);
    for (var used : lost) {
      try {
        settleLost(used);
      } catch (RuntimeException e) {
        var call = used.call();
        log.atWarn()
            .addKeyValue("call", call.id())
            .addKeyValue("instance", call.instance())
            .setCause(e)
            .log("a lost model call cannot be booked yet; trying again in a minute");
        sql.update(
            "UPDATE reservation SET deadline = ? WHERE id = ?",
            clock.instant().plus(HELD).toEpochMilli(),
            call.id());
      }
    }
  }

  private void settleLost(Used used) {
    var call = used.call();
    var instance = new InstanceId(call.instance());
    var settlement = new Settlement(Outcome.LOST, null, null, 0, true, used.tokens());
    var bound = bindings.of(call.account(), instance);
    announced(
        call.account(),
        instance,
        locked(
            call.account(),
            call.instance(),
            books ->
                books
                    .end(call.id())
                    .map(now -> book(books, bound, now, settlement, clock.instant()))
                    .orElse(List.of())));
  }

  private <T> T locked(String account, String instance, Function<Books, T> work) {
    return commits.run(
        order(account, instance),
        it -> {
          var books = books(it);
          books.lock(account);
          return work.apply(books);
        });
  }

  private Books books(Sql at) {
    return new Books(at, rates.known());
  }

  private static String order(Ask ask) {
    return order(ask.accountId(), ask.instance().value());
  }

  private static String order(String account, String instance) {
    return account + "/" + instance;
  }
}
