package io.rockpool.control.usage;

import static io.rockpool.control.usage.LedgerFixture.answered;
import static io.rockpool.control.usage.LedgerFixture.inParallel;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.money.Money;
import io.rockpool.control.money.Rate;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.ExchangeRates.Dated;
import io.rockpool.control.usage.Ledger.Patience;
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
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What budgets promise about prices in other currencies, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class ExchangeContract {
  private static final InstanceId X = new InstanceId("x");
  private static final BudgetOwner ADA = BudgetOwner.account("ada");
  private static final BudgetOwner ONLY_X = BudgetOwner.of(X);
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final Currency USD = Currency.getInstance("USD");
  private static final LocalDate TODAY = LocalDate.parse("2026-11-21");
  private static final Patience NONE = Patience.of(Duration.ZERO);

  private final AtomicInteger calls = new AtomicInteger();
  private final List<GroupCommit> opened = new ArrayList<>();
  private TestDatabase database;
  private Sql here;
  private Sql there;
  private ManualClock clock;
  private Ledger ledger;
  private Ledger replica;
  private Budgets budgets;
  private ExchangeRates rates;

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
    TestDatabase.reset(here, "ada");
    here.update(
        """
        INSERT INTO instance (id, account_id, name, plan, runtime, agents, config, goal, generation,
          process_generation, created_at, updated_at, phase, status, due_at, lease_until)
        VALUES ('x', 'ada', 'x', 'free', 'fake', '[]', '{}', 'RUNNING', 1, 1, 0, 0, 'RUNNING', '{}', 0, 0)
        """);
    clock = new ManualClock(Instant.parse("2026-11-21T08:00:00Z"));
    var bindings = new Bindings(here, _ -> Allowance.UNBOUND, clock);
    budgets = new Budgets(here, bindings);
    rates = new ExchangeRates(here, clock);
    ledger = server(here, bindings, rates);
    replica =
        server(
            there,
            new Bindings(there, _ -> Allowance.UNBOUND, clock),
            new ExchangeRates(there, clock));
  }

  private Ledger server(Sql sql, Bindings bindings, ExchangeRates known) {
    var commits = new GroupCommit(sql);
    opened.add(commits);
    return new Ledger(sql, commits, bindings, known, Ledger.Announcements.UNHEARD, clock);
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
  void a_rate_holds_from_its_day_until_there_is_a_later_one() {
    assertThat(rate(TODAY.plusDays(1), "8")).isTrue();
    assertThat(rate(TODAY, "7")).isTrue();
    assertThat(rate(TODAY, "7.1")).isTrue();

    var known = new ExchangeRates(there, clock).known();
    assertThat(known.newest()).containsExactly(dated(TODAY.plusDays(1), "8"), dated(TODAY, "7.1"));
    assertThat(known.at(USD, CNY, TODAY.minusDays(1))).isEmpty();
    assertThat(known.at(USD, CNY, TODAY).map(Rate::text)).contains("7.1");
    assertThat(known.at(USD, CNY, TODAY.plusDays(9)).map(Rate::text)).contains("8");
    assertThat(known.at(CNY, USD, TODAY)).isEmpty();
  }

  @Test
  void the_rate_of_a_day_that_is_over_never_changes() {
    assertThat(rate(TODAY.minusDays(1), "7")).isFalse();

    assertThat(rates.all()).isEmpty();
  }

  @Test
  void a_budget_binds_a_model_that_is_priced_in_another_currency() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    assertThat(reserve(ask(USD))).isEqualTo(new Unpriced(ONLY_X, hard(1_000)));

    rate(TODAY, "7");
    var first = ask(USD);

    assertThat(reserve(first)).isEqualTo(new Granted(90, 100));
    assertThat(ledger.standing(ONLY_X, "ada")).contains(purse(1_000, 0, 700));
    ledger.settle(first, answered(Tokens.of(10, 40)));
    assertThat(ledger.standing(ONLY_X, "ada")).contains(purse(1_000, 350, 0));
    assertThat(reserve(ask(USD))).isEqualTo(new Granted(82, 92)); // 650 pay for
  }

  @Test
  void another_try_is_converted_like_the_first() throws Exception {
    budgets.put(ONLY_X, hard(1_000));
    rate(TODAY, "7");
    var ask = ask(USD);
    reserve(ask);

    // 350 for the first, of 650 that are left
    assertThat(ledger.again(ask, Tokens.of(10, 40))).contains(new Granted(82, 92));
    assertThat(ledger.standing(ONLY_X, "ada")).contains(purse(1_000, 0, 994));
  }

  @Test
  void amounts_of_all_currencies_count_together() throws Exception {
    rate(TODAY, "7");
    budgets.put(ADA, hard(810));
    call(ask(CNY), Tokens.of(10, 90));
    call(ask(USD), Tokens.of(10, 90));

    assertThat(reserve(ask(CNY))).isEqualTo(new Spent(ADA, hard(810)));
    assertThat(ledger.standing(ADA, "ada").map(Purse::spent)).contains(cny(800));
  }

  @Test
  void what_was_spent_before_there_was_a_rate_counts_by_the_earliest() throws Exception {
    call(ask(USD), Tokens.of(10, 90));
    clock.advance(Duration.ofDays(1));
    rate(TODAY.plusDays(1), "7");

    budgets.put(ONLY_X, hard(749));

    assertThat(reserve(ask(CNY))).isEqualTo(new Spent(ONLY_X, hard(749)));
  }

  @Test
  void a_call_is_settled_by_the_rate_of_the_day_on_which_it_began() throws Exception {
    rate(TODAY, "7");
    rate(TODAY.plusDays(1), "8");
    budgets.put(ONLY_X, hard(10_000));
    var late = ask(USD);
    reserve(late);

    clock.advance(Duration.ofDays(1));
    assertThat(ledger.standing(ONLY_X, "ada").map(Purse::reserved)).contains(cny(700));
    ledger.settle(late, answered(Tokens.of(10, 90)));
    call(ask(USD), Tokens.of(1, 9));

    assertThat(ledger.standing(ONLY_X, "ada").map(Purse::spent)).contains(cny(780));
  }

  @Test
  void many_at_once_in_two_currencies_spend_no_more_than_the_budget_and_nearly_all_of_it()
      throws Exception {
    rate(TODAY, "7.1");
    budgets.put(ADA, hard(30_000));

    var verdicts =
        inParallel(
            300,
            n -> {
              var server = n % 2 == 0 ? ledger : replica;
              var ask = ask(n % 3 == 0 ? CNY : USD);
              var verdict =
                  server.reserve(() -> ask, Patience.of(Duration.ofMinutes(10))).verdict();
              if (verdict instanceof Granted(var written, _, _)) {
                server.settle(ask, answered(Tokens.of(10, n % 5 == 0 ? written / 2 : written)));
              }
              return verdict;
            });

    assertThat(verdicts).hasAtLeastOneElementOfType(Spent.class);
    assertThat(ledger.standing(ADA, "ada").orElseThrow().spent().nanos())
        .isBetween(30_000L - 710, 30_000L);
  }

  private void call(Ask ask, Tokens tokens) throws InterruptedException {
    assertThat(reserve(ask)).isInstanceOf(Granted.class);
    ledger.settle(ask, answered(tokens));
  }

  private Verdict reserve(Ask ask) throws InterruptedException {
    return ledger.reserve(() -> ask, NONE).verdict();
  }

  /** Costs 100 billionths at most; with 50 it is worth having. */
  private Ask ask(Currency currency) {
    var price = new Price(currency, 1_000_000, 1_000_000, 0, 0, 0);
    var id = "ask " + calls.incrementAndGet();
    return new Ask(id, X, "ada", "key", "model", 10, 90, 40, false, Optional.of(price));
  }

  private boolean rate(LocalDate day, String rate) {
    return rates.put(dated(day, rate));
  }

  private static Dated dated(LocalDate day, String rate) {
    return new Dated(day, Rate.parse(USD, CNY, rate));
  }

  private static Purse purse(long amount, long spent, long reserved) {
    return new Purse(ONLY_X, hard(amount), cny(spent), cny(reserved));
  }

  private static Budget hard(long nanos) {
    return new Budget(cny(nanos), Period.MONTH, true);
  }

  private static Money cny(long nanos) {
    return new Money(CNY, nanos);
  }
}
