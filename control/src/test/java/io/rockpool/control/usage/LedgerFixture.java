package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Ledgers of several servers at one database, two instances of Ada's, and a clock by hand. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class LedgerFixture {
  static final InstanceId X = new InstanceId("x");
  static final InstanceId Y = new InstanceId("y");
  static final BudgetOwner ADA = BudgetOwner.account("ada");
  static final BudgetOwner ONLY_X = BudgetOwner.of(X);
  static final Currency CNY = Currency.getInstance("CNY");
  static final LocalDate TODAY = LocalDate.parse("2026-11-21");

  /** A billionth for each token. */
  static final Price PRICE = new Price(CNY, 1_000_000, 1_000_000, 0, 0, 0);

  /** Of a try that may have been charged: 50. */
  static final Tokens LOST = Tokens.of(10, 40);

  /** Longer than any test. */
  static final Duration PATIENTLY = Duration.ofMinutes(10);

  private final AtomicInteger calls = new AtomicInteger();
  private final List<GroupCommit> opened = new ArrayList<>();
  private final List<Ledger> servers = new ArrayList<>();
  private TestDatabase database;

  /** What was said to users, in the order in which it was said. */
  final Queue<String> announced = new ConcurrentLinkedQueue<>();

  /** Whether nothing can be announced. */
  volatile boolean mute;

  Sql here;

  /** The same rows, through connections of another server. */
  Sql there;

  ManualClock clock;
  Budgets budgets;
  Ledger ledger;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    here = database.open();
    there = database.open();
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(here, "ada", "bob");
    insert("x", "ada");
    insert("y", "ada");
    announced.clear();
    mute = false;
    clock = new ManualClock(Instant.parse("2026-11-21T08:00:00Z"));
    var bindings = bindings(here);
    budgets = new Budgets(here, bindings);
    ledger = server(here, bindings);
  }

  @AfterEach
  final void stop() {
    opened.forEach(GroupCommit::close);
    opened.clear();
    servers.clear();
  }

  @AfterAll
  final void close() {
    database.close();
  }

  /** A server that has just started. */
  private Ledger server(Sql sql, Bindings known) {
    var commits = new GroupCommit(sql);
    opened.add(commits);
    var server =
        new Ledger(
            sql,
            commits,
            known,
            new ExchangeRates(sql, clock),
            new Ledger.Announcements() {
              @Override
              public void spent(
                  InstanceId instance, BudgetOwner owner, Budget budget, int percent) {
                if (mute) {
                  throw new IllegalStateException("nobody can be told");
                }
                announced.add("%s: %d%%".formatted(owner.key(), percent));
              }

              @Override
              public void usedUp(InstanceId instance, BudgetOwner owner, long tokensPerDay) {
                announced.add("%s: %d tokens".formatted(owner.key(), tokensPerDay));
              }
            },
            clock);
    servers.add(server);
    return server;
  }

  /** Another server, with connections of its own. */
  final Ledger replica() {
    return server(there, bindings(there));
  }

  /** A server that never hears that what it committed first is kept. */
  final Ledger hardOfHearing() {
    var sql = database.openHardOfHearing();
    return server(sql, bindings(sql));
  }

  final Bindings bindings(Sql sql) {
    return new Bindings(sql, LedgerFixture::allowance, clock);
  }

  private static Allowance allowance(String plan) {
    if (plan.equals("broken")) {
      throw new IllegalStateException("nobody knows this plan");
    }
    return Allowance.UNBOUND;
  }

  final void call(Ask ask, Tokens tokens) throws InterruptedException {
    assertThat(reserve(ask)).isInstanceOf(Granted.class);
    ledger.settle(ask, answered(tokens));
  }

  /** A call that waits for others to settle. */
  final Future<Verdict> waiting(Ask ask) {
    var verdict =
        new FutureTask<>(() -> ledger.reserve(() -> ask, Patience.of(PATIENTLY)).verdict());
    var thread = Thread.ofVirtual().start(verdict);
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return verdict;
  }

  /** Where no budget binds a call, it is noted when it lasts. */
  final void noteAll() {
    servers.forEach(Ledger::note);
    opened.forEach(commits -> commits.run("~", _ -> true));
  }

  /** Without waiting. */
  final Verdict reserve(Ask ask) throws InterruptedException {
    return ledger.reserve(() -> ask, Patience.of(Duration.ZERO)).verdict();
  }

  /** Costs 100 at most; with 50 it is worth having. */
  final Ask ask(InstanceId instance) {
    return ask(instance, "model", Optional.of(PRICE));
  }

  final Ask ask(InstanceId instance, String model, Optional<Price> price) {
    var id = "ask " + calls.incrementAndGet();
    return new Ask(id, instance, "ada", "key", model, 10, 90, 40, false, price);
  }

  static Settlement answered(Tokens tokens) {
    return new Settlement(Outcome.ANSWERED, "provider", "model-1", 1, false, tokens);
  }

  static Budget hard(long nanos) {
    return new Budget(cny(nanos), Period.MONTH, true);
  }

  final Optional<Budget> budget(BudgetOwner owner) {
    return ledger.standing(owner, "ada").map(Purse::budget);
  }

  static Money cny(long nanos) {
    return new Money(CNY, nanos);
  }

  static Usage.Day day(LocalDate day, long calls, Tokens tokens, long cost) {
    return new Usage.Day(day, "model", "provider", calls, 0, tokens, Optional.of(cny(cost)));
  }

  /** Calls that were taken for lost. */
  static Usage.Day lost(LocalDate day, long calls, Tokens tokens, long cost) {
    return new Usage.Day(day, "model", "", calls, calls, tokens, Optional.of(cny(cost)));
  }

  final List<Usage.Day> usage(InstanceId instance) {
    return new Usage(here).of(instance, "ada", LocalDate.EPOCH, TODAY.plusYears(9));
  }

  /** All there is in the books of an owner. */
  final long spent(BudgetOwner owner) {
    return here.query(
            owner.kind() == BudgetOwner.Kind.ACCOUNT
                ? "SELECT COALESCE(SUM(amount), 0) FROM spend_day WHERE account_id = ?"
                : "SELECT COALESCE(SUM(cost), 0) FROM usage_day WHERE instance_id = ?",
            row -> row.getLong(1),
            owner.id())
        .getFirst();
  }

  final void insert(String id, String account) {
    here.update(
        """
        INSERT INTO instance (id, account_id, name, plan, runtime, agents, config, goal, generation,
          process_generation, created_at, updated_at, phase, status, due_at, lease_until)
        VALUES (?, ?, ?, 'free', 'fake', '[]', '{}', 'RUNNING', 1, 1, 0, 0, 'RUNNING', '{}', 0, 0)
        """,
        id,
        account,
        id);
  }

  final void destroy(String id) {
    here.update("DELETE FROM instance WHERE id = ?", id);
  }

  interface Numbered<T> {
    T run(int number) throws Exception;
  }

  static <T> List<T> inParallel(int count, Numbered<T> work) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = IntStream.range(0, count).mapToObj(n -> (Callable<T>) () -> work.run(n)).toList();
      var results = new ArrayList<T>();
      for (var result : threads.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    }
  }
}
