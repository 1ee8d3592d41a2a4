package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Settlement.Outcome;
import io.rockpool.control.usage.Verdict.Busy;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.control.usage.Verdict.Unpriced;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the books promise, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class LedgerContract {
  static final InstanceId X = new InstanceId("x");
  static final InstanceId Y = new InstanceId("y");
  static final BudgetOwner ADA = BudgetOwner.account("ada");
  static final BudgetOwner ONLY_X = BudgetOwner.of(X);
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final LocalDate TODAY = LocalDate.parse("2026-11-21");

  /** A billionth for each token. */
  private static final Price PRICE = new Price(CNY, 1_000_000, 1_000_000, 0, 0, 0);

  /** Of a try that may have been charged: 50. */
  private static final Tokens LOST = Tokens.of(10, 40);

  /** Longer than any test. */
  private static final Duration PATIENTLY = Duration.ofMinutes(10);

  private final AtomicInteger calls = new AtomicInteger();
  private final List<GroupCommit> opened = new ArrayList<>();
  private final List<Ledger> servers = new ArrayList<>();
  private final Queue<String> announced = new ConcurrentLinkedQueue<>();

  private TestDatabase database;
  private Sql there;
  private ManualClock clock;
  private Ledger ledger;
  private Bindings bindings;
  private final Map<String, Allowance> plans = new ConcurrentHashMap<>();
  Sql here;
  Budgets budgets;
  Quotas quotas;

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
    plans.clear();
    clock = new ManualClock(Instant.parse("2026-11-21T08:00:00Z"));
    bindings = bindings(here);
    budgets = new Budgets(here, bindings);
    quotas = new Quotas(here, bindings);
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

  private Bindings bindings(Sql sql) {
    return new Bindings(sql, plan -> plans.getOrDefault(plan, Allowance.UNBOUND), clock);
  }

  final Ledger ledger() {
    return ledger;
  }

  @Test
  void what_calls_used_is_summed_up_by_day_and_model() throws Exception {
    call(ask(X), new Tokens(1, 2, 3, 4, 50, 6));
    call(ask(X), Tokens.of(10, 20));
    call(ask(X, "other", Optional.of(PRICE)), Tokens.of(1, 1));
    call(ask(Y), Tokens.of(7, 7));
    clock.advance(Duration.ofDays(1));
    call(ask(X), Tokens.of(5, 5));

    assertThat(usage(X))
        .containsExactly(
            day(TODAY.plusDays(1), 1, Tokens.of(5, 5), 10),
            day(TODAY, 2, new Tokens(11, 2, 3, 4, 70, 6), 81),
            new Usage.Day(TODAY, "other", 1, Tokens.of(1, 1), Optional.of(cny(2))));
    assertThat(new Usage(here).of(X, "ada", TODAY, TODAY)).hasSize(2);
    assertThat(new Usage(here).of(X, "bob", TODAY, TODAY)).isEmpty();
    assertThat(spent(ADA)).isEqualTo(107);
    assertThat(spent(ONLY_X)).isEqualTo(93);
  }

  @Test
  void an_open_call_is_not_booked_yet() throws Exception {
    reserve(ask(X));

    assertThat(usage(X)).isEmpty();
    assertThat(spent(ADA)).isZero();
  }

  @Test
  void settling_again_changes_nothing() throws Exception {
    var ask = ask(X);
    call(ask, Tokens.of(10, 20));

    ledger.settle(ask, answered(Tokens.of(10, 90)));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 20), 30));
    assertThat(spent(ADA)).isEqualTo(30);
  }

  @Test
  void of_many_who_settle_a_call_at_once_one_books_it() throws Exception {
    var replica = replica();
    var asks = IntStream.range(0, 20).mapToObj(_ -> ask(X)).toList();
    for (var ask : asks) {
      reserve(ask);
    }

    inParallel(
        40,
        n -> {
          var ask = asks.get(n / 2);
          (n % 2 == 0 ? ledger : replica).settle(ask, answered(Tokens.of(1, 1)));
          return ask;
        });

    assertThat(usage(X)).containsExactly(day(TODAY, 20, Tokens.of(20, 20), 40));
    assertThat(spent(ADA)).isEqualTo(40);
  }

  @Test
  void what_could_not_be_booked_is_booked_when_it_can_be() throws Exception {
    budgets.put(ONLY_X, hard(100));
    var ask = ask(X);
    reserve(ask);
    here.update("ALTER TABLE usage_day RENAME TO usage_day_gone");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> ledger.settle(ask, answered(Tokens.of(10, 20))));
    here.update("ALTER TABLE usage_day_gone RENAME TO usage_day");

    ledger.note();
    ledger.note();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 20), 30));
    assertThat(ledger.standing(ONLY_X, "ada").orElseThrow().reserved()).isEqualTo(cny(0));
  }

  @Test
  void what_could_not_be_noted_at_its_beginning_is_booked_all_the_same() {
    ledger.settle(ask(X), answered(Tokens.of(10, 20)));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 20), 30));
  }

  @Test
  void a_model_without_a_price_is_counted_and_costs_nothing() throws Exception {
    call(ask(X, "model", Optional.empty()), Tokens.of(10, 20));

    assertThat(usage(X))
        .containsExactly(new Usage.Day(TODAY, "model", 1, Tokens.of(10, 20), Optional.empty()));
    assertThat(spent(ADA)).isZero();
  }

  @Test
  void a_call_that_used_nothing_gives_everything_back() throws Exception {
    budgets.put(ONLY_X, hard(100));
    var refused = ask(X);
    reserve(refused);

    ledger.settle(refused, new Settlement(Outcome.REFUSED, "it", null, 1, false, Tokens.NONE));

    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.NONE, 0));
  }

  @Test
  void what_is_set_aside_is_not_there_for_others() throws Exception {
    budgets.put(ONLY_X, hard(160));
    reserve(ask(X));

    assertThat(reserve(ask(X))).as("less than it asked for").isEqualTo(new Granted(50, 60));
    assertThat(reserve(ask(X))).isEqualTo(new Busy(ONLY_X, hard(160)));
    assertThat(reserve(ask(Y))).as("another instance").isEqualTo(new Granted(90, 0));
  }

  @Test
  void who_waits_gets_what_others_leave() throws Exception {
    budgets.put(ONLY_X, hard(110));
    var first = ask(X);
    reserve(first);

    var second = waiting(ask(X));
    ledger.settle(first, answered(Tokens.of(5, 5)));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
  }

  @Test
  void who_waits_hears_of_what_another_server_settles() throws Exception {
    budgets.put(ADA, hard(110));
    var replica = replica();
    var first = ask(X);
    replica.reserve(() -> first, Patience.of(Duration.ZERO));

    var second = waiting(ask(Y));
    replica.settle(first, answered(Tokens.of(5, 5)));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
  }

  @Test
  void who_has_waited_long_enough_is_refused() throws Exception {
    budgets.put(ONLY_X, hard(100));
    reserve(ask(X));

    assertThat(ledger.reserve(() -> ask(X), Patience.of(Duration.ofMillis(1))).verdict())
        .isEqualTo(new Busy(ONLY_X, hard(100)));
  }

  @Test
  void what_only_reads_waits_too() throws Exception {
    budgets.put(ONLY_X, hard(110));
    var first = ask(X);
    reserve(first);
    var embedding =
        new Ask("embedding", X, "ada", "key", "model", 50, 0, 0, false, Optional.of(PRICE));

    var second = waiting(embedding);
    ledger.settle(first, answered(Tokens.of(5, 5)));

    assertThat(second.get()).isEqualTo(new Granted(0, 50));
  }

  @ParameterizedTest(name = "a call is worth having with {0} tokens")
  @ValueSource(longs = {90, 40})
  void many_at_once_spend_no_more_than_the_budget_and_nearly_all_of_it(long least)
      throws Exception {
    budgets.put(ONLY_X, hard(10_000));

    var verdicts = storm(least, List.of(X), List.of(ledger));

    assertThat(verdicts).hasAtLeastOneElementOfType(Spent.class);
    assertThat(spent(ONLY_X)).isBetween(10_000 - least - 9, 10_000L);
  }

  @Test
  void an_accounts_budget_binds_its_instances_together() throws Exception {
    budgets.put(ADA, hard(10_000));
    budgets.put(ONLY_X, hard(1_000));

    var verdicts = storm(90, List.of(X, Y), List.of(ledger));

    assertThat(verdicts).contains(new Spent(ADA, hard(10_000)), new Spent(ONLY_X, hard(1_000)));
    assertThat(spent(ADA)).isBetween(9_901L, 10_000L);
    assertThat(spent(ONLY_X)).isBetween(901L, 1_000L);
  }

  /** 500 calls at once, each of 100 at most; about half of them use all they were granted. */
  final List<Verdict> storm(long least, List<InstanceId> instances, List<Ledger> servers)
      throws Exception {
    return inParallel(
        500,
        n -> {
          var server = servers.get(n % servers.size());
          var instance = instances.get(n / servers.size() % instances.size());
          var random = new SplittableRandom(n);
          var id = "call " + n;
          var ask =
              new Ask(
                  id, instance, "ada", "key", "model", 10, 90, least, false, Optional.of(PRICE));
          var verdict = server.reserve(() -> ask, Patience.of(PATIENTLY)).verdict();
          if (verdict instanceof Granted(var written, _, _)) {
            assertThat(held()).isLessThanOrEqualTo(10_000);
            var used = random.nextBoolean() ? written : random.nextLong(written + 1);
            server.settle(ask, answered(Tokens.of(10, used)));
          }
          return verdict;
        });
  }

  /** All that is spent or set aside at this moment. */
  private long held() {
    return here.query(
            "SELECT (SELECT COALESCE(SUM(reserved), 0) FROM reservation) + (SELECT COALESCE(SUM(cost), 0) FROM model_call)",
            row -> row.getLong(1))
        .getFirst();
  }

  @Test
  void a_top_up_lets_the_next_call_pass_at_once() throws Exception {
    budgets.put(ONLY_X, hard(100));
    call(ask(X), Tokens.of(10, 90));
    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(100)));

    new Budgets(there, bindings(there)).put(ONLY_X, hard(200));

    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
  }

  @Test
  void a_top_up_lets_pass_who_waits() throws Exception {
    budgets.put(ONLY_X, hard(100));
    reserve(ask(X));

    var second = waiting(ask(X));
    budgets.put(ONLY_X, hard(200));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
  }

  @Test
  void how_a_budget_stands_is_told() throws Exception {
    assertThat(ledger.standing(ADA, "ada")).isEmpty();
    budgets.put(ADA, hard(300));
    call(ask(X), Tokens.of(10, 20));
    reserve(ask(Y));

    assertThat(ledger.standing(ADA, "ada")).contains(new Purse(ADA, hard(300), cny(30), cny(100)));
    clock.advance(Duration.ofDays(10));
    assertThat(ledger.standing(ADA, "ada")).contains(new Purse(ADA, hard(300), cny(0), cny(0)));
  }

  @Test
  void a_call_that_is_to_be_alone_holds_the_whole_budget_until_it_settles() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var alone = new Ask("alone", X, "ada", "key", "model", 10, 90, 40, true, Optional.of(PRICE));
    assertThat(reserve(alone)).isEqualTo(new Granted(90, 1_000));

    var second = waiting(ask(X));
    ledger.settle(alone, answered(Tokens.of(400, 400)));

    assertThat(second.get()).isEqualTo(new Granted(90, 100));
    assertThat(spent(ONLY_X)).isEqualTo(800);
  }

  @Test
  void a_lost_call_that_was_alone_is_booked_at_what_is_likely() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var alone = new Ask("alone", X, "ada", "key", "model", 10, 90, 40, true, Optional.of(PRICE));
    replica().reserve(() -> alone, Patience.of(Duration.ZERO));

    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 90), 100));
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
  }

  @Test
  void another_try_is_set_aside_beside_the_one_that_may_be_charged() throws Exception {
    budgets.put(ONLY_X, hard(240));
    var ask = ask(X);
    reserve(ask);

    assertThat(ledger.again(ask, LOST)).contains(new Granted(90, 100));
    assertThat(reserve(ask(X))).as("the rest").isEqualTo(new Granted(80, 90));
    ledger.settle(ask, answered(LOST.plus(Tokens.of(10, 90))));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(20, 130), 150));
    assertThat(reserve(ask(X))).isInstanceOf(Busy.class);
  }

  @Test
  void another_try_writes_no_more_than_is_left() throws Exception {
    budgets.put(ONLY_X, hard(120));
    var ask = ask(X);
    reserve(ask);

    assertThat(ledger.again(ask, LOST)).contains(new Granted(60, 70));
    assertThat(held()).isEqualTo(120);
  }

  @Test
  void what_the_budget_does_not_cover_twice_is_not_tried_again() throws Exception {
    budgets.put(ADA, hard(140));
    budgets.put(ONLY_X, hard(99));
    var ask = ask(X);
    assertThat(reserve(ask)).isEqualTo(new Granted(89, 99));

    assertThat(ledger.again(ask, LOST)).isEmpty();

    assertThat(held()).as("what the first try may cost").isEqualTo(50);
    assertThat(reserve(ask(Y))).as("the rest of the account").isEqualTo(new Granted(80, 90));
    ledger.settle(ask, answered(LOST));
    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(99)));
  }

  @Test
  void a_call_that_is_to_be_alone_holds_the_whole_budget_for_all_of_its_tries() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var alone = new Ask("alone", X, "ada", "key", "model", 10, 90, 40, true, Optional.of(PRICE));
    reserve(alone);

    assertThat(ledger.again(alone, LOST)).contains(new Granted(90, 950));
    assertThat(held()).isEqualTo(1_000);
  }

  @Test
  void tries_of_many_at_once_spend_no_more_than_the_budget() throws Exception {
    budgets.put(ONLY_X, hard(10_000));

    var tries =
        inParallel(
            200,
            n -> {
              var ask = ask(X);
              var server = servers.getFirst();
              var granted = server.reserve(() -> ask, Patience.of(PATIENTLY)).verdict();
              if (!(granted instanceof Granted)) {
                return 0;
              }
              var again = server.again(ask, LOST);
              assertThat(held()).isLessThanOrEqualTo(10_000);
              var used = again.map(it -> LOST.plus(Tokens.of(10, it.written()))).orElse(LOST);
              server.settle(ask, answered(used));
              return again.isPresent() ? 2 : 1;
            });

    assertThat(tries).contains(0, 2);
    assertThat(spent(ONLY_X)).isBetween(9_951L, 10_000L);
  }

  @Test
  void all_tries_of_a_lost_call_are_booked() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var bound = ask(X);
    var free = ask(Y);
    var late = ask(Y);
    var killed = replica();
    for (var ask : List.of(bound, free, late)) {
      killed.reserve(() -> ask, Patience.of(Duration.ZERO));
    }
    killed.again(bound, LOST);
    killed.again(free, LOST);
    noteAll();
    killed.again(late, LOST); // that is noted already
    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(20, 130), 150));
    assertThat(usage(Y)).containsExactly(day(TODAY, 2, Tokens.of(40, 160), 200));
  }

  @Test
  void a_call_that_was_given_up_for_lost_is_not_tried_again() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    var ask = ask(X);
    var slow = replica();
    slow.reserve(() -> ask, Patience.of(Duration.ZERO));

    ledger.settleAllOthers();

    assertThat(slow.again(ask, LOST)).isEmpty();
  }

  @Test
  void what_was_spent_before_the_budget_was_set_counts() throws Exception {
    call(ask(X), Tokens.of(10, 90));

    budgets.put(ONLY_X, hard(140));

    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(140)));
  }

  @Test
  void nothing_binds_once_the_budget_is_taken_away() throws Exception {
    budgets.put(ONLY_X, hard(0));

    budgets.remove(ONLY_X);

    assertThat(budget(ONLY_X)).isEmpty();
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 0));
  }

  @Test
  void a_budget_is_kept_as_it_was_set_last() {
    var soft = new Budget(Money.parse(Money.currency("USD"), "12.50"), Period.DAY, false);
    budgets.put(ADA, hard(100));
    budgets.put(ONLY_X, hard(200));

    budgets.put(ADA, soft);

    assertThat(budget(ADA)).contains(soft);
    assertThat(budget(ONLY_X)).contains(hard(200));
    assertThat(budget(BudgetOwner.of(Y))).isEmpty();
  }

  @Test
  void the_budget_of_an_instance_goes_with_it() throws Exception {
    budgets.put(ADA, hard(500));
    budgets.put(ONLY_X, hard(100));
    call(ask(X), Tokens.of(10, 90));

    destroy("x");
    insert("x", "bob");

    assertThat(budget(ONLY_X)).isEmpty();
    assertThat(budget(ADA)).contains(hard(500));
    assertThat(spent(ADA)).isEqualTo(100);
  }

  @Test
  void a_hard_budget_refuses_what_it_cannot_count() throws Exception {
    var dollars = new Budget(new Money(Currency.getInstance("USD"), 100), Period.MONTH, true);
    budgets.put(ONLY_X, dollars);
    var unpriced = ask(X, "model", Optional.empty());

    assertThat(reserve(ask(X))).as("yuan").isEqualTo(new Unpriced(ONLY_X, dollars));
    assertThat(reserve(unpriced)).as("no price").isEqualTo(new Unpriced(ONLY_X, dollars));
  }

  @Test
  void what_is_free_is_free_in_every_currency() throws Exception {
    budgets.put(ONLY_X, new Budget(new Money(Currency.getInstance("USD"), 0), Period.MONTH, true));
    var free = ask(X, "model", Optional.of(new Price(CNY, 0, 0, 0, 0, 0)));

    assertThat(reserve(free)).isEqualTo(new Granted(90, 0));
  }

  @ParameterizedTest(name = "{0}: not after {1}, but after {2} more")
  @CsvSource({
    "DAY, PT15H59M59.999S, PT0.001S",
    "MONTH, P9DT15H59M59.999S, PT0.001S",
  })
  void a_new_window_begins_anew(Period period, Duration before, Duration rest) throws Exception {
    var budget = new Budget(cny(100), period, true);
    budgets.put(ONLY_X, budget);
    call(ask(X), Tokens.of(10, 90));

    clock.advance(before);
    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, budget));
    clock.advance(rest);
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100));
  }

  @Test
  void a_total_never_begins_anew() throws Exception {
    var total = new Budget(cny(100), Period.TOTAL, true);
    budgets.put(ONLY_X, total);
    call(ask(X), Tokens.of(10, 90));

    clock.advance(Duration.ofDays(1_000));

    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, total));
  }

  @Test
  void a_call_counts_where_it_began() throws Exception {
    budgets.put(ONLY_X, hard(100));
    var last = ask(X);
    reserve(last);
    clock.advance(Duration.ofDays(10));

    assertThat(reserve(ask(X))).as("a new month").isEqualTo(new Granted(90, 100));
    ledger.settle(last, answered(Tokens.of(10, 90)));

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 90), 100));
  }

  @Test
  void each_part_of_a_budget_is_announced_once_in_a_window() throws Exception {
    budgets.put(ONLY_X, new Budget(cny(100), Period.MONTH, false));

    assertThat(announcedBy(49)).isEmpty();
    assertThat(announcedBy(1)).containsExactly("instance:x: 50%");
    assertThat(announcedBy(29)).isEmpty();
    assertThat(announcedBy(1)).containsExactly("instance:x: 80%");
    assertThat(announcedBy(20)).containsExactly("instance:x: 100%");
    assertThat(announcedBy(300)).isEmpty();
    clock.advance(Duration.ofDays(10));
    assertThat(announcedBy(49)).isEmpty();
    assertThat(announcedBy(51)).containsExactly("instance:x: 100%");
    assertThat(announcedBy(1)).isEmpty();
  }

  @Test
  void a_changed_budget_is_announced_anew() throws Exception {
    budgets.put(ADA, new Budget(cny(100), Period.TOTAL, false));
    assertThat(announcedBy(80)).containsExactly("account:ada: 80%");

    budgets.put(ADA, new Budget(cny(162), Period.TOTAL, false));

    assertThat(announcedBy(1)).containsExactly("account:ada: 50%");
  }

  @Test
  void what_a_late_call_of_the_last_window_spends_is_not_announced_in_this() throws Exception {
    budgets.put(ONLY_X, new Budget(cny(100), Period.MONTH, false));
    var last = ask(X);
    reserve(last);
    clock.advance(Duration.ofDays(10));
    assertThat(announcedBy(50)).containsExactly("instance:x: 50%");
    announced.clear();

    ledger.settle(last, answered(Tokens.of(10, 70)));

    assertThat(announced).isEmpty();
    assertThat(announcedBy(29)).isEmpty();
    assertThat(announcedBy(1)).containsExactly("instance:x: 80%");
  }

  @Test
  void of_many_servers_one_announces() throws Exception {
    budgets.put(ADA, new Budget(cny(20), Period.MONTH, false));
    var replica = replica();

    inParallel(
        40,
        n -> {
          var server = n % 2 == 0 ? ledger : replica;
          var ask = ask(n % 3 == 0 ? X : Y);
          server.reserve(() -> ask, Patience.of(Duration.ZERO));
          server.settle(ask, answered(Tokens.of(1, 0)));
          return ask;
        });

    assertThat(announced).doesNotHaveDuplicates().contains("account:ada: 100%");
    assertThat(spent(ADA)).isEqualTo(40);
  }

  /** What is announced when a call costs so much. */
  private List<String> announcedBy(long cost) throws InterruptedException {
    announced.clear();
    call(ask(X), Tokens.of(cost, 0));
    return List.copyOf(announced);
  }

  @Test
  void what_a_killed_server_left_open_is_booked_once_it_is_believed_dead() throws Exception {
    budgets.put(ADA, hard(100));
    var killed = replica();
    killed.reserve(() -> ask(X), Patience.of(Duration.ZERO));

    clock.advance(Ledger.HELD);
    ledger.settleLost();
    assertThat(usage(X)).isEmpty();
    clock.advance(Duration.ofMillis(1));
    ledger.settleLost();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 90), 100));
    assertThat(spent(ADA)).isEqualTo(100);
    assertThat(outcomes()).containsExactly(tuple("LOST", 100L));
    assertThat(announced).containsExactly("account:ada: 100%");
  }

  @Test
  void without_a_budget_the_likely_is_booked() throws Exception {
    replica().reserve(() -> ask(X), Patience.of(Duration.ZERO));
    noteAll();

    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(10, 40), 50));
  }

  @Test
  void a_server_that_is_heard_of_keeps_its_calls() throws Exception {
    var killed = replica();
    killed.reserve(() -> ask(X), Patience.of(Duration.ZERO));
    ledger.reserve(() -> ask(Y), Patience.of(Duration.ZERO));
    noteAll();

    clock.advance(Duration.ofSeconds(59));
    ledger.renew();
    clock.advance(Duration.ofSeconds(59));
    ledger.settleLost();

    assertThat(usage(X)).hasSize(1);
    assertThat(usage(Y)).isEmpty();
  }

  @Test
  void the_only_server_settles_at_once_what_others_left_open() throws Exception {
    var killed = replica();
    killed.reserve(() -> ask(X), Patience.of(Duration.ZERO));
    ledger.reserve(() -> ask(Y), Patience.of(Duration.ZERO));
    noteAll();

    ledger.settleAllOthers();

    assertThat(usage(X)).hasSize(1);
    assertThat(usage(Y)).isEmpty();
  }

  @Test
  void what_was_lost_is_spent_and_no_longer_set_aside() throws Exception {
    budgets.put(ONLY_X, hard(250));
    replica().reserve(() -> ask(X), Patience.of(Duration.ZERO));

    ledger.settleAllOthers();

    assertThat(ledger.reserve(() -> ask(X), Patience.of(Duration.ZERO)).verdict())
        .isEqualTo(new Granted(90, 100));
    assertThat(ledger.reserve(() -> ask(X), Patience.of(Duration.ZERO)).verdict())
        .isEqualTo(new Granted(40, 50));
  }

  @Test
  void a_call_that_was_booked_as_lost_is_corrected_once() throws Exception {
    budgets.put(ADA, hard(100));
    var slow = replica();
    var ask = ask(X);
    slow.reserve(() -> ask, Patience.of(Duration.ZERO));
    ledger.settleAllOthers();
    assertThat(reserve(ask(Y))).isEqualTo(new Spent(ADA, hard(100)));

    slow.settle(ask, answered(Tokens.of(4, 6)));
    slow.settle(ask, answered(Tokens.of(9, 9)));
    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(day(TODAY, 1, Tokens.of(4, 6), 10));
    assertThat(List.of(spent(ADA), spent(ONLY_X))).containsExactly(10L, 10L);
    assertThat(outcomes()).containsExactly(tuple("ANSWERED", 10L));
    assertThat(reserve(ask(Y))).isEqualTo(new Granted(80, 90));
  }

  @Test
  void of_many_servers_one_books_what_was_lost() throws Exception {
    var killed = replica();
    for (var instance : List.of(X, Y, X, Y, X, Y, X, Y)) {
      killed.reserve(() -> ask(instance), Patience.of(Duration.ZERO));
    }
    noteAll();
    var replica = replica();
    clock.advance(Ledger.HELD.plusMillis(1));

    inParallel(
        8,
        n -> {
          (n % 2 == 0 ? ledger : replica).settleLost();
          return n;
        });

    assertThat(usage(X)).containsExactly(day(TODAY, 4, Tokens.of(40, 160), 200));
    assertThat(usage(Y)).containsExactly(day(TODAY, 4, Tokens.of(40, 160), 200));
    assertThat(spent(ADA)).isEqualTo(400);
  }

  @Test
  void a_call_that_settles_while_it_is_believed_lost_is_booked_once_as_it_was() throws Exception {
    var slow = replica();
    var asks = IntStream.range(0, 30).mapToObj(_ -> ask(X)).toList();
    for (var ask : asks) {
      slow.reserve(() -> ask, Patience.of(Duration.ZERO));
    }
    clock.advance(Ledger.HELD.plusMillis(1));

    inParallel(
        31,
        n -> {
          if (n == 0) {
            ledger.settleLost();
          } else {
            slow.settle(asks.get(n - 1), answered(Tokens.of(1, 1)));
          }
          return n;
        });

    assertThat(usage(X)).containsExactly(day(TODAY, 30, Tokens.of(30, 30), 60));
    assertThat(spent(ADA)).isEqualTo(60);
  }

  @Test
  void the_last_call_of_a_destroyed_instance_is_paid_by_its_account() throws Exception {
    budgets.put(ADA, hard(200));
    var ask = ask(X);
    var lost = ask(X);
    reserve(ask);
    replica().reserve(() -> lost, Patience.of(Duration.ZERO));
    destroy("x");

    ledger.settle(ask, answered(Tokens.of(10, 20)));
    ledger.settleAllOthers();

    assertThat(usage(X)).containsExactly(day(TODAY, 2, Tokens.of(20, 110), 130));
    assertThat(spent(ADA)).isEqualTo(130);
  }

  @Test
  void a_call_that_settles_while_its_instance_is_destroyed_is_paid() throws Exception {
    var replica = replica();
    var asks =
        IntStream.range(0, 40).mapToObj(n -> ask(new InstanceId("short-lived-" + n))).toList();
    for (var ask : asks) {
      insert(ask.instance().value(), "ada");
      reserve(ask);
    }

    inParallel(
        80,
        n -> {
          var ask = asks.get(n / 2);
          if (n % 2 == 0) {
            destroy(ask.instance().value());
          } else {
            (n % 4 == 1 ? ledger : replica).settle(ask, answered(Tokens.of(1, 1)));
          }
          return n;
        });

    assertThat(spent(ADA)).isEqualTo(80);
  }

  private void call(Ask ask, Tokens tokens) throws InterruptedException {
    assertThat(reserve(ask)).isInstanceOf(Granted.class);
    ledger.settle(ask, answered(tokens));
  }

  /** A call that waits for others to settle. */
  private Future<Verdict> waiting(Ask ask) {
    var verdict =
        new FutureTask<>(() -> ledger.reserve(() -> ask, Patience.of(PATIENTLY)).verdict());
    var thread = Thread.ofVirtual().start(verdict);
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return verdict;
  }

  /** Where no budget binds a call, it is noted when it lasts. */
  private void noteAll() {
    servers.forEach(Ledger::note);
    opened.forEach(commits -> commits.run("~", _ -> true));
  }

  /** Without waiting. */
  private Verdict reserve(Ask ask) throws InterruptedException {
    return ledger.reserve(() -> ask, Patience.of(Duration.ZERO)).verdict();
  }

  /** Costs 100 at most; with 50 it is worth having. */
  final Ask ask(InstanceId instance) {
    return ask(instance, "model", Optional.of(PRICE));
  }

  private Ask ask(InstanceId instance, String model, Optional<Price> price) {
    var id = "ask " + calls.incrementAndGet();
    return new Ask(id, instance, "ada", "key", model, 10, 90, 40, false, price);
  }

  static Settlement answered(Tokens tokens) {
    return new Settlement(Outcome.ANSWERED, "provider", "model-1", 1, false, tokens);
  }

  static Budget hard(long nanos) {
    return new Budget(cny(nanos), Period.MONTH, true);
  }

  private Optional<Budget> budget(BudgetOwner owner) {
    return ledger.standing(owner, "ada").map(Purse::budget);
  }

  private static Money cny(long nanos) {
    return new Money(CNY, nanos);
  }

  private static Usage.Day day(LocalDate day, long calls, Tokens tokens, long cost) {
    return new Usage.Day(day, "model", calls, tokens, Optional.of(cny(cost)));
  }

  private List<Usage.Day> usage(InstanceId instance) {
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

  private List<Tuple> outcomes() {
    return here.query(
        "SELECT outcome, cost FROM model_call", row -> tuple(row.getString(1), row.getLong(2)));
  }

  private void insert(String id, String account) {
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
