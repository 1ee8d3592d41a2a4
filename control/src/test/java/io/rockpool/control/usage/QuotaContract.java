package io.rockpool.control.usage;

import static io.rockpool.control.usage.LedgerFixture.answered;
import static io.rockpool.control.usage.LedgerFixture.inParallel;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Ledger.QuotaStanding;
import io.rockpool.control.usage.Quota.Measure;
import io.rockpool.control.usage.Verdict.Busy;
import io.rockpool.control.usage.Verdict.Granted;
import io.rockpool.control.usage.Verdict.Spent;
import io.rockpool.control.usage.Verdict.Throttled;
import io.rockpool.control.usage.Verdict.UsedUp;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What quotas and plans promise, on every database. There are two servers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class QuotaContract {
  private static final InstanceId X = new InstanceId("x");
  private static final InstanceId Y = new InstanceId("y");
  private static final BudgetOwner ADA = BudgetOwner.account("ada");
  private static final BudgetOwner ONLY_X = BudgetOwner.of(X);
  private static final BudgetOwner ONLY_Y = BudgetOwner.of(Y);
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final Price PRICE = new Price(CNY, 1_000_000, 1_000_000, 0, 0, 0);
  private static final Patience NONE = Patience.of(Duration.ZERO);
  private static final Patience ENDLESS = Patience.of(Duration.ofMinutes(10));

  private final AtomicInteger calls = new AtomicInteger();
  private final List<GroupCommit> opened = new ArrayList<>();
  private final Queue<String> announced = new ConcurrentLinkedQueue<>();
  private final Map<String, Allowance> plans = new ConcurrentHashMap<>();
  private TestDatabase database;
  private Sql here;
  private Sql there;
  private ManualClock clock;
  private Ledger ledger;
  private Ledger replica;
  private Quotas quotas;
  private Budgets budgets;

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
    insert("x");
    insert("y");
    announced.clear();
    plans.clear();
    clock = new ManualClock(Instant.parse("2026-11-21T08:00:00Z"));
    var bindings = bindings(here);
    quotas = new Quotas(here, bindings);
    budgets = new Budgets(here, bindings);
    ledger = server(here, bindings);
    replica = server(there, bindings(there));
  }

  private Bindings bindings(Sql sql) {
    return new Bindings(sql, plan -> plans.getOrDefault(plan, Allowance.UNBOUND), clock);
  }

  private Ledger server(Sql sql, Bindings bindings) {
    var commits = new GroupCommit(sql);
    opened.add(commits);
    return new Ledger(
        sql,
        commits,
        bindings,
        new ExchangeRates(sql, clock),
        new Ledger.Announcements() {
          @Override
          public void spent(InstanceId instance, BudgetOwner owner, Budget budget, int percent) {
            announced.add("%s %s: %d%%".formatted(instance, owner.key(), percent));
          }

          @Override
          public void usedUp(InstanceId instance, BudgetOwner owner, long tokensPerDay) {
            announced.add("%s %s: %d tokens".formatted(instance, owner.key(), tokensPerDay));
          }
        },
        clock);
  }

  @AfterEach
  final void stop() {
    opened.forEach(GroupCommit::close);
    opened.clear();
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void a_quota_is_kept_as_it_was_set_last_and_goes_with_its_instance() {
    quotas.put(ADA, aDay(1));
    quotas.put(ONLY_X, aDay(2));
    var all =
        new Quota(OptionalLong.of(1), OptionalLong.of(2), OptionalLong.of(3), OptionalLong.of(4));

    quotas.put(ONLY_X, all);

    assertThat(ledger.quota(ADA, "ada").map(QuotaStanding::quota)).contains(aDay(1));
    assertThat(ledger.quota(ONLY_X, "ada")).contains(new QuotaStanding(all, 0, 0, 0, 0, 0));
    assertThat(ledger.quota(ONLY_Y, "ada")).isEmpty();
    here.update("DELETE FROM instance WHERE id = 'x'");
    insert("x");
    assertThat(replica.quota(ONLY_X, "ada")).isEmpty();
  }

  @Test
  void what_nothing_binds_begins_without_a_row() throws Exception {
    quotas.put(ONLY_X, aDay(100));

    assertThat(reserve(ask(Y))).isEqualTo(new Granted(90, 0, 0));

    assertThat(rows("reservation")).isZero();
    assertThat(rows("quota_level")).isZero();
  }

  @Test
  void a_days_tokens_are_set_aside_and_what_is_not_used_is_given_back() throws Exception {
    quotas.put(ONLY_X, aDay(150));
    var first = ask(X);

    assertThat(reserve(first)).isEqualTo(new Granted(90, 0, 100));
    assertThat(reserve(ask(X))).as("the rest").isEqualTo(new Granted(40, 0, 50));
    assertThat(reserve(ask(X))).isInstanceOf(Throttled.class);
    assertThat(ledger.quota(ONLY_X, "ada")).contains(new QuotaStanding(aDay(150), 0, 150, 0, 0, 2));
    ledger.settle(first, answered(Tokens.of(10, 20)));

    assertThat(reserve(ask(X))).isEqualTo(new Granted(60, 0, 70));
  }

  @Test
  void another_try_takes_of_the_days_tokens_and_of_nothing_else() throws Exception {
    var one = OptionalLong.of(1);
    quotas.put(ONLY_X, new Quota(OptionalLong.of(210), one, one, one));
    var ask = ask(X);
    assertThat(reserve(ask)).isEqualTo(new Granted(90, 0, 100));

    assertThat(ledger.again(ask, Tokens.of(10, 40))).contains(new Granted(90, 0, 100));
    assertThat(ledger.quota(ONLY_X, "ada").map(QuotaStanding::tokensReserved)).contains(150L);
    assertThat(ledger.again(ask, Tokens.of(20, 80))).contains(new Granted(90, 0, 100));
    assertThat(ledger.again(ask, Tokens.of(30, 140))).isEmpty();
    assertThat(ledger.quota(ONLY_X, "ada").map(QuotaStanding::tokensReserved)).contains(170L);
  }

  @Test
  void a_day_that_is_used_up_is_announced_once_and_ends_at_midnight() throws Exception {
    quotas.put(ONLY_X, aDay(100));
    call(ask(X), Tokens.of(10, 60));

    assertThat(reserve(ask(X))).isEqualTo(new UsedUp(ONLY_X, 100));
    assertThat(replica.reserve(() -> ask(X), NONE).verdict()).isEqualTo(new UsedUp(ONLY_X, 100));
    assertThat(announced).containsExactly("x instance:x: 100 tokens");

    clock.advance(Duration.ofHours(16).minusMillis(1));
    assertThat(reserve(ask(X))).isInstanceOf(UsedUp.class);
    clock.advance(Duration.ofMillis(1));
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 0, 100));
  }

  @Test
  void the_call_that_uses_the_last_token_announces_it() throws Exception {
    quotas.put(ADA, aDay(100));

    call(ask(X), Tokens.of(10, 90));

    assertThat(announced).containsExactly("x account:ada: 100 tokens");
  }

  @Test
  void a_raised_quota_lets_the_next_call_pass_here_at_once_and_elsewhere_within_a_second()
      throws Exception {
    quotas.put(ONLY_X, aDay(100));
    call(ask(X), Tokens.of(10, 90));
    assertThat(replica.reserve(() -> ask(X), NONE).verdict()).isInstanceOf(UsedUp.class);

    quotas.put(ONLY_X, aDay(200));

    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 0, 100));
    clock.advance(Duration.ofSeconds(1));
    assertThat(replica.reserve(() -> ask(X), NONE).verdict()).isInstanceOf(Throttled.class);
  }

  @Test
  void five_hundred_at_once_use_no_more_than_a_days_tokens_and_nearly_all_of_them()
      throws Exception {
    quotas.put(ADA, aDay(10_000));

    var verdicts =
        inParallel(
            500,
            n -> {
              var server = n % 2 == 0 ? ledger : replica;
              var ask = ask(n % 3 == 0 ? X : Y);
              var verdict = server.reserve(() -> ask, ENDLESS).verdict();
              if (verdict instanceof Granted(var written, _, _)) {
                server.settle(ask, answered(Tokens.of(10, n % 5 == 0 ? written / 2 : written)));
              }
              return verdict;
            });

    assertThat(verdicts).hasAtLeastOneElementOfType(UsedUp.class);
    assertThat(ledger.quota(ADA, "ada").orElseThrow().tokensToday()).isBetween(9_951L, 10_000L);
    assertThat(announced).hasSize(1);
  }

  @Test
  void five_hundred_at_once_make_no_more_requests_than_a_minute_allows() throws Exception {
    quotas.put(ADA, perMinute(60));

    var first = storm();
    clock.advance(Duration.ofSeconds(10));
    var later = storm();
    clock.advance(Duration.ofHours(1));
    var fresh = storm();

    assertThat(List.of(first, later, fresh)).containsExactly(60L, 10L, 60L);
  }

  /** How many of 500 calls at once, of two servers, were granted; none waits. */
  private long storm() throws Exception {
    return inParallel(
            500,
            n -> {
              var server = n % 2 == 0 ? ledger : replica;
              var ask = ask(n % 3 == 0 ? X : Y);
              var verdict = server.reserve(() -> ask, NONE).verdict();
              if (verdict instanceof Granted) {
                server.settle(ask, answered(Tokens.of(1, 1)));
              }
              return verdict;
            })
        .stream()
        .filter(it -> it instanceof Granted)
        .count();
  }

  @Test
  void five_hundred_at_once_are_never_more_than_so_many_at_once_and_all_pass() throws Exception {
    quotas.put(ADA, atOnce(5));
    var underWay = new AtomicInteger();

    var verdicts =
        inParallel(
            500,
            n -> {
              var server = n % 2 == 0 ? ledger : replica;
              var ask = ask(n % 3 == 0 ? X : Y);
              var verdict = server.reserve(() -> ask, ENDLESS).verdict();
              assertThat(underWay.incrementAndGet()).isBetween(1, 5);
              underWay.decrementAndGet();
              server.settle(ask, answered(Tokens.of(1, 1)));
              return verdict;
            });

    assertThat(verdicts).hasOnlyElementsOfType(Granted.class);
    assertThat(rows("reservation")).isZero();
  }

  @Test
  void a_server_that_dies_keeps_no_places() throws Exception {
    quotas.put(ONLY_X, atOnce(1));
    replica.reserve(() -> ask(X), NONE);
    assertThat(reserve(ask(X)))
        .isEqualTo(new Throttled(ONLY_X, Measure.CALLS_AT_ONCE, 1, Duration.ofSeconds(1)));

    clock.advance(Ledger.HELD.plusMillis(1));
    ledger.settleLost();

    assertThat(reserve(ask(X))).isInstanceOf(Granted.class);
  }

  @Test
  void who_is_throttled_waits_until_the_minute_has_moved_on() throws Exception {
    quotas.put(ONLY_X, perMinute(1));
    call(ask(X), Tokens.of(1, 1));

    var second = waiting(ask(X));
    assertThat(second.isDone()).isFalse();
    clock.advance(Duration.ofMinutes(1));

    assertThat(second.get()).isInstanceOf(Granted.class);
  }

  @Test
  void who_is_throttled_keeps_nobody_else_of_the_account_waiting() throws Exception {
    quotas.put(ONLY_X, perMinute(1));
    budgets.put(ONLY_Y, hard(110));
    call(ask(X), Tokens.of(1, 1));
    var first = ask(Y);
    reserve(first);

    var throttled = waiting(ask(X));
    var other = waiting(ask(Y));
    ledger.settle(first, answered(Tokens.of(5, 5)));

    assertThat(other.get()).isInstanceOf(Granted.class);
    assertThat(throttled.isDone()).isFalse();
    clock.advance(Duration.ofMinutes(1));
    throttled.get();
  }

  @Test
  void who_waits_for_budgets_only_is_told_the_pause_at_once() throws Exception {
    quotas.put(ONLY_X, perMinute(60));
    storm(X, 60);

    var verdict =
        ledger.reserve(() -> ask(X), new Patience(Duration.ofMinutes(10), Duration.ZERO)).verdict();

    assertThat(verdict)
        .isEqualTo(new Throttled(ONLY_X, Measure.REQUESTS_PER_MINUTE, 60, Duration.ofSeconds(1)));
  }

  private void storm(InstanceId instance, int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      call(ask(instance), Tokens.of(1, 1));
    }
  }

  @Test
  void the_minutes_tokens_are_taken_as_expected_and_corrected_by_what_was_used() throws Exception {
    quotas.put(ONLY_X, tokensPerMinute(100));
    var first = ask(X);
    var second = ask(X);
    reserve(first); // is expected to use 50
    replica.reserve(() -> second, NONE);
    assertThat(reserve(ask(X))).isEqualTo(pause(100, 30));

    ledger.settle(first, answered(Tokens.of(10, 0)));
    assertThat(reserve(ask(X))).isEqualTo(pause(100, 6));
    replica.settle(second, answered(Tokens.of(100, 90)));

    assertThat(ledger.quota(ONLY_X, "ada").orElseThrow().tokensOfMinute()).isEqualTo(200);
    assertThat(reserve(ask(X))).isEqualTo(pause(100, 90));
    clock.advance(Duration.ofSeconds(90));
    assertThat(reserve(ask(X))).isInstanceOf(Granted.class);
  }

  @Test
  void a_call_larger_than_the_minute_passes_and_the_next_ones_make_up_for_it() throws Exception {
    quotas.put(ONLY_X, tokensPerMinute(10));

    assertThat(reserve(ask(X))).isInstanceOf(Granted.class);

    assertThat(reserve(ask(X))).isEqualTo(pause(10, 300));
  }

  @Test
  void a_lost_call_takes_of_the_minute_what_is_booked_and_is_corrected_once() throws Exception {
    quotas.put(ONLY_X, tokensPerMinute(1_000));
    var lost = ask(X);
    replica.reserve(() -> lost, NONE);

    ledger.settleAllOthers();
    var booked = ledger.quota(ONLY_X, "ada").orElseThrow().tokensOfMinute();
    replica.settle(lost, answered(Tokens.of(3, 4)));
    replica.settle(lost, answered(Tokens.of(3, 4)));

    assertThat(booked).isEqualTo(50);
    assertThat(ledger.quota(ONLY_X, "ada").orElseThrow().tokensOfMinute()).isEqualTo(7);
  }

  @Test
  void a_plans_quota_binds_each_of_its_instances_apart() throws Exception {
    plans.put("free", new Allowance(Optional.empty(), atOnce(1)));

    assertThat(reserve(ask(X))).isInstanceOf(Granted.class);

    assertThat(reserve(ask(X))).isInstanceOf(Throttled.class);
    assertThat(reserve(ask(Y))).isInstanceOf(Granted.class);
    assertThat(ledger.quota(ONLY_X, "ada").map(QuotaStanding::quota)).contains(atOnce(1));
  }

  @Test
  void an_instances_own_quota_takes_the_place_of_its_plans_as_a_whole() throws Exception {
    plans.put("free", new Allowance(Optional.empty(), atOnce(1)));
    quotas.put(ONLY_X, perMinute(60));

    reserve(ask(X));
    assertThat(reserve(ask(X))).isInstanceOf(Granted.class);

    quotas.remove(ONLY_X);
    assertThat(reserve(ask(X))).isInstanceOf(Throttled.class);
  }

  @Test
  void a_plans_budget_binds_each_of_its_instances_that_has_none_of_its_own() throws Exception {
    plans.put("free", new Allowance(Optional.of(hard(100)), Quota.NONE));

    call(ask(X), Tokens.of(10, 90));

    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(100)));
    assertThat(reserve(ask(Y))).isEqualTo(new Granted(90, 100, 0));
    assertThat(announced).containsExactly("x instance:x: 100%");
    assertThat(ledger.standing(ONLY_X, "ada").map(Purse::budget)).contains(hard(100));
    budgets.put(ONLY_X, hard(300));
    assertThat(reserve(ask(X))).isEqualTo(new Granted(90, 100, 0));
    budgets.remove(ONLY_X);
    assertThat(reserve(ask(X))).isEqualTo(new Spent(ONLY_X, hard(100)));
  }

  @Test
  void what_destroyed_instances_used_counts_against_the_plans_allowance_of_all_others()
      throws Exception {
    plans.put("free", new Allowance(Optional.of(hard(100)), Quota.NONE));
    call(ask(X), Tokens.of(10, 30));
    var last = ask(X);
    reserve(last);
    destroy("x");
    insert("z");
    var z = new InstanceId("z");

    assertThat(reserve(ask(z))).as("the last call is under way").isInstanceOf(Busy.class);
    ledger.settle(last, answered(Tokens.of(10, 50)));

    assertThat(reserve(ask(z))).isEqualTo(new Spent(BudgetOwner.of(z), hard(100)));
    assertThat(ledger.standing(BudgetOwner.of(z), "ada").map(Purse::spent))
        .contains(new Money(CNY, 100));
    budgets.put(BudgetOwner.of(z), hard(100));
    assertThat(reserve(ask(z))).as("a budget of its own").isEqualTo(new Granted(90, 100, 0));
    clock.advance(Duration.ofDays(10));
    assertThat(reserve(ask(Y))).as("the next month").isEqualTo(new Granted(90, 100, 0));
  }

  @Test
  void what_destroyed_instances_used_counts_against_the_plans_tokens_of_the_day() throws Exception {
    plans.put("free", new Allowance(Optional.empty(), aDay(100)));
    call(ask(X), Tokens.of(10, 60));
    destroy("x");

    assertThat(reserve(ask(Y))).isEqualTo(new UsedUp(ONLY_Y, 100));
    assertThat(ledger.quota(ONLY_Y, "ada").orElseThrow().tokensToday()).isEqualTo(70);
    clock.advance(Duration.ofDays(1));
    assertThat(reserve(ask(Y))).isEqualTo(new Granted(90, 0, 100));
  }

  @Test
  void instances_of_plans_that_are_not_offered_are_found() {
    here.update("UPDATE instance SET plan = 'old' WHERE id = 'y'");

    assertThat(bindings(here).ofOtherPlans(List.of("free", "pro")))
        .isEqualTo(Map.of("old", List.of(Y)));
    assertThat(bindings(here).ofOtherPlans(List.of("free", "old"))).isEmpty();
  }

  @Test
  void a_plans_soft_budget_is_announced_part_by_part() throws Exception {
    plans.put(
        "free",
        new Allowance(
            Optional.of(new Budget(new Money(CNY, 100), Period.MONTH, false)), Quota.NONE));

    call(ask(X), Tokens.of(50, 0));
    call(ask(X), Tokens.of(20, 0));
    call(ask(X), Tokens.of(30, 0));

    assertThat(announced).containsExactly("x instance:x: 50%", "x instance:x: 100%");
  }

  @Test
  void the_last_call_of_a_destroyed_instance_is_booked_whatever_bound_it() throws Exception {
    plans.put(
        "free",
        new Allowance(
            Optional.of(hard(100)),
            new Quota(
                OptionalLong.of(100),
                OptionalLong.of(9),
                OptionalLong.of(1_000),
                OptionalLong.of(9))));
    var last = ask(X);
    reserve(last);
    here.update("DELETE FROM instance WHERE id = 'x'");

    ledger.settle(last, answered(Tokens.of(10, 90)));

    assertThat(rows("model_call")).isEqualTo(1);
    assertThat(rows("quota_level") + rows("announced")).isZero();
  }

  private void destroy(String id) {
    here.update(
        "INSERT INTO destroyed_instance (id, account_id, destroyed_at) VALUES (?, 'ada', ?)",
        id,
        clock.millis());
    here.update("DELETE FROM instance WHERE id = ?", id);
  }

  private void call(Ask ask, Tokens tokens) throws InterruptedException {
    assertThat(reserve(ask)).isInstanceOf(Granted.class);
    ledger.settle(ask, answered(tokens));
  }

  /** A call that waits. */
  private FutureTask<Verdict> waiting(Ask ask) {
    var verdict = new FutureTask<>(() -> ledger.reserve(() -> ask, ENDLESS).verdict());
    var thread = Thread.ofVirtual().start(verdict);
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    return verdict;
  }

  private Verdict reserve(Ask ask) throws InterruptedException {
    return ledger.reserve(() -> ask, NONE).verdict();
  }

  /** Uses 100 tokens at most; with 50 it is worth having. */
  private Ask ask(InstanceId instance) {
    var id = "ask " + calls.incrementAndGet();
    return new Ask(id, instance, "ada", "key", "model", 10, 90, 40, false, Optional.of(PRICE));
  }

  private static Quota aDay(long tokens) {
    var none = OptionalLong.empty();
    return new Quota(OptionalLong.of(tokens), none, none, none);
  }

  private static Quota perMinute(long requests) {
    var none = OptionalLong.empty();
    return new Quota(none, OptionalLong.of(requests), none, none);
  }

  private static Quota tokensPerMinute(long tokens) {
    var none = OptionalLong.empty();
    return new Quota(none, none, OptionalLong.of(tokens), none);
  }

  private static Quota atOnce(long calls) {
    var none = OptionalLong.empty();
    return new Quota(none, none, none, OptionalLong.of(calls));
  }

  private static Throttled pause(long limit, int seconds) {
    return new Throttled(ONLY_X, Measure.TOKENS_PER_MINUTE, limit, Duration.ofSeconds(seconds));
  }

  private static Budget hard(long nanos) {
    return new Budget(new Money(CNY, nanos), Period.MONTH, true);
  }

  private long rows(String table) {
    return here.query("SELECT COUNT(*) FROM " + table, row -> row.getLong(1)).getFirst();
  }

  private void insert(String id) {
    here.update(
        """
        INSERT INTO instance (id, account_id, name, plan, runtime, agents, config, goal, generation,
          process_generation, created_at, updated_at, phase, status, due_at, lease_until)
        VALUES (?, 'ada', ?, 'free', 'fake', '[]', '{}', 'RUNNING', 1, 1, 0, 0, 'RUNNING', '{}', 0, 0)
        """,
        id,
        id);
  }
}
