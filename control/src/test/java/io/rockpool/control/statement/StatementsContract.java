package io.rockpool.control.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.metering.ResourcePrice;
import io.rockpool.control.metering.ResourcePrices;
import io.rockpool.control.money.Money;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Allowance;
import io.rockpool.control.usage.Ask;
import io.rockpool.control.usage.Bindings;
import io.rockpool.control.usage.ExchangeRates;
import io.rockpool.control.usage.Ledger;
import io.rockpool.control.usage.Ledger.Patience;
import io.rockpool.control.usage.Price;
import io.rockpool.control.usage.Settlement;
import io.rockpool.control.usage.Tokens;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What statements promise, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
abstract class StatementsContract {
  private static final YearMonth NOVEMBER = YearMonth.of(2026, 11);
  private static final Currency CNY = Currency.getInstance("CNY");
  private static final Currency USD = Currency.getInstance("USD");
  private static final Actor OPERATOR = new Actor.Operator("admin");
  private static final Actor ADA = new Actor.User("ada");

  private TestDatabase database;
  private Sql sql;
  private GroupCommit commits;
  private ManualClock clock;
  private Ledger ledger;
  private Statements statements;
  private int calls;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql, "ada", "bob");
    clock = new ManualClock(Instant.parse("2026-11-01T00:00:00Z"));
    commits = new GroupCommit(sql);
    ledger =
        new Ledger(
            sql,
            commits,
            new Bindings(sql, _ -> Allowance.UNBOUND, clock),
            new ExchangeRates(sql, clock),
            Ledger.Announcements.UNHEARD,
            clock);
    statements = new Statements(sql, clock);
  }

  @AfterEach
  final void stop() {
    commits.close();
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void sums_are_those_of_the_ledger_to_the_last_digit() throws Exception {
    var random = new SplittableRandom(20_261_101);
    var prices =
        List.of(
            new Price(USD, 1_234_567_891, 9_876_543_219L, 123_456_789, 1_543_209_863, 3),
            new Price(CNY, 7_000_000_001L, 28_000_000_003L, 1, 7, 9));
    for (int i = 0; i < 400; i++) {
      clock.advance(Duration.ofMillis(random.nextLong(4 * 24 * 3_600_000L * 30 / 400)));
      var price = prices.get(random.nextInt(2));
      call(
          random.nextInt(10) == 0 ? "bob" : "ada",
          "i" + random.nextInt(5),
          "model-" + random.nextInt(3),
          Optional.of(price),
          new Tokens(
              random.nextLong(100_000),
              random.nextLong(100_000),
              random.nextLong(1_000),
              random.nextLong(1_000),
              random.nextLong(5_000),
              0));
    }

    for (var month : List.of(NOVEMBER, NOVEMBER.plusMonths(1))) {
      var statement = statements.read(OPERATOR, "ada", month).orElseThrow();

      assertThat(byCode(statement.due())).isNotEmpty().isEqualTo(ofCalls("ada", month));
      assertThat(byCode(statement.due())).isEqualTo(ofDays("ada", month));
      assertThat(byCode(Objects.requireNonNull(statement.costs()).models()))
          .isEqualTo(ofCalls("ada", month));
      assertThat(statement.models().stream().mapToLong(Statement.ModelLine::calls).sum())
          .isEqualTo(count("ada", month));
    }
  }

  @Test
  void months_are_listed_that_have_something_to_state_and_no_others() throws Exception {
    call("ada", "i", "m", Optional.empty(), new Tokens(1, 0, 0, 0, 1, 0));
    clock.advance(Duration.ofDays(61));
    call("ada", "i", "m", Optional.empty(), new Tokens(1, 0, 0, 0, 1, 0));

    assertThat(statements.months(ADA, "ada").orElseThrow())
        .containsExactly(
            new Statements.Month(YearMonth.of(2027, 1), false),
            new Statements.Month(NOVEMBER, true));
    assertThat(statements.months(OPERATOR, "bob").orElseThrow()).isEmpty();
    assertThat(statements.months(ADA, "bob")).isEmpty();
    assertThat(statements.months(OPERATOR, "nobody")).isEmpty();
  }

  private Map<String, Long> ofCalls(String account, YearMonth month) {
    return byCurrency(
        "SELECT currency, SUM(cost) FROM model_call WHERE account_id = ? AND started_at >= ? AND started_at < ? GROUP BY currency",
        account,
        millis(month),
        millis(month.plusMonths(1)));
  }

  private Map<String, Long> ofDays(String account, YearMonth month) {
    return byCurrency(
        "SELECT currency, SUM(amount) FROM spend_day WHERE account_id = ? AND day >= ? AND day < ? GROUP BY currency",
        account,
        month.atDay(1).toEpochDay(),
        month.plusMonths(1).atDay(1).toEpochDay());
  }

  private long count(String account, YearMonth month) {
    return sql.query(
            "SELECT COUNT(*) FROM model_call WHERE account_id = ? AND started_at >= ? AND started_at < ?",
            row -> row.getLong(1),
            account,
            millis(month),
            millis(month.plusMonths(1)))
        .getFirst();
  }

  private static long millis(YearMonth month) {
    return month.atDay(1).toEpochDay() * 86_400_000;
  }

  private Map<String, Long> byCurrency(String query, Object... values) {
    return new TreeMap<>(
        sql.query(query, row -> Map.entry(row.getString(1), row.getLong(2)), values).stream()
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  private static Map<String, Long> byCode(List<Money> amounts) {
    return new TreeMap<>(
        amounts.stream()
            .collect(Collectors.toMap(it -> it.currency().getCurrencyCode(), Money::nanos)));
  }

  @Test
  void an_account_reads_its_own_without_what_it_costs_and_no_other() throws Exception {
    resources("ada", "x");

    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().costs()).isNull();
    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().resources())
        .hasSize(1)
        .allSatisfy(it -> assertThat(it.cost()).isNull());
    assertThat(statements.read(OPERATOR, "ada", NOVEMBER).orElseThrow().costs()).isNotNull();
    assertThat(statements.read(ADA, "bob", NOVEMBER)).isEmpty();
    assertThat(statements.read(OPERATOR, "nobody", NOVEMBER)).isEmpty();
    assertThat(statements.read(OPERATOR, "pool", NOVEMBER)).isEmpty();
  }

  @Test
  void a_closed_statement_stays_as_it_was_told() throws Exception {
    resources("ada", "x");
    call(
        "ada", "x", "large", Optional.of(new Price(USD, 1_000, 1_000, 0, 0, 0)), Tokens.of(999, 1));
    new ResourcePrices(sql).put(dated(1_000_000_000));
    clock.advance(Duration.ofDays(31));
    var open = statements.read(OPERATOR, "ada", NOVEMBER).orElseThrow();
    clock.advance(Duration.ofDays(1));
    var closed = statements.read(ADA, "ada", NOVEMBER).orElseThrow();

    sql.update("UPDATE usage_day SET cost = cost + 1");
    sql.update("UPDATE resource_day SET cpu_millis = cpu_millis + 1");

    assertThat(open.closed()).isFalse();
    assertThat(closed.closed()).isTrue();
    assertThat(closed.due()).isEqualTo(open.due()).hasSize(1);
    assertThat(statements.read(ADA, "ada", NOVEMBER)).contains(closed);
    assertThat(statements.read(OPERATOR, "ada", NOVEMBER).orElseThrow().due())
        .isEqualTo(closed.due());
    assertThat(statements.read(OPERATOR, "ada", NOVEMBER).orElseThrow().models())
        .isEqualTo(closed.models());
  }

  @Test
  void what_a_closed_month_cost_follows_prices_that_are_set_late() {
    resources("ada", "x");
    clock.advance(Duration.ofDays(60));
    var before = statements.read(ADA, "ada", NOVEMBER).orElseThrow();
    var unpriced = statements.read(OPERATOR, "ada", NOVEMBER).orElseThrow();
    new ResourcePrices(sql).put(dated(9_000_000_000L));
    var priced = statements.read(OPERATOR, "ada", NOVEMBER).orElseThrow();

    assertThat(Objects.requireNonNull(unpriced.costs()).resources()).isEmpty();
    assertThat(Objects.requireNonNull(priced.costs()).resources())
        .containsExactly(Money.parse(USD, "9"));
    assertThat(Objects.requireNonNull(priced.costs()).margin())
        .containsExactly(Money.parse(USD, "-9"));
    assertThat(statements.read(ADA, "ada", NOVEMBER)).contains(before);
  }

  @Test
  void a_month_is_not_closed_before_its_last_days_are_booked_nor_open_for_ever() {
    new SqlInstanceStore(sql)
        .insert(
            Instance.fresh(
                new InstanceId("x"),
                "ada",
                "x",
                new Wanted(Goal.RUNNING, "pro", "fake", List.of(), "{}", 1, 1),
                clock.instant()),
            null);
    sql.update(
        """
        INSERT INTO resource_sample (instance_id, at, rung, memory, storage, storage_at)
        VALUES ('x', ?, 'STOPPED', 0, 0, 0)
        """,
        Instant.parse("2026-11-28T00:00:00Z").toEpochMilli());
    resources("ada", "x");
    clock.advance(Duration.ofDays(32).plusMinutes(1));
    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().closed()).isFalse();
    assertThat(statements.months(ADA, "ada").orElseThrow())
        .containsExactly(new Statements.Month(NOVEMBER, false));

    sql.update("UPDATE resource_sample SET at = ?", clock.millis());
    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().closed()).isTrue();

    sql.update("UPDATE resource_sample SET at = 0");
    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().closed()).isTrue();
    sql.update("DELETE FROM statement");
    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().closed()).isFalse();
    clock.advance(Duration.ofDays(7));
    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().closed()).isTrue();
  }

  @Test
  void months_without_anything_leave_no_rows() {
    clock.advance(Duration.ofDays(60));

    for (int months = 0; months < 20; months++) {
      assertThat(statements.read(ADA, "ada", NOVEMBER.minusMonths(months))).isPresent();
    }

    assertThat(sql.query("SELECT month FROM statement", row -> row.getString(1))).isEmpty();
  }

  @Test
  void a_month_under_way_goes_on() throws Exception {
    var price = Optional.of(new Price(USD, 1_000_000, 0, 0, 0, 0));
    call("ada", "x", "large", price, Tokens.of(1, 0));
    var before = statements.read(ADA, "ada", NOVEMBER).orElseThrow();
    call("ada", "x", "large", price, Tokens.of(1, 0));

    assertThat(before.due()).containsExactly(new Money(USD, 1));
    assertThat(statements.read(ADA, "ada", NOVEMBER).orElseThrow().due())
        .containsExactly(new Money(USD, 2));
  }

  private static ResourcePrices.Dated dated(long cpuHour) {
    return new ResourcePrices.Dated(
        LocalDate.of(2026, 11, 1), new ResourcePrice(USD, cpuHour, 0, 0));
  }

  private void resources(String account, String instance) {
    sql.update(
        """
        INSERT INTO resource_day (instance_id, account_id, day, rung, millis, cpu_millis, memory_byte_seconds,
          storage_byte_seconds) VALUES (?, ?, ?, 'RUNNING', 60000, 3600000, 5000, 7000)
        """,
        instance,
        account,
        LocalDate.of(2026, 11, 5).toEpochDay());
  }

  private void call(
      String account, String instance, String model, Optional<Price> price, Tokens tokens)
      throws InterruptedException {
    var ask =
        new Ask(
            "call " + ++calls,
            new InstanceId(instance),
            account,
            "key",
            model,
            10,
            10,
            0,
            false,
            price);
    ledger.reserve(() -> ask, Patience.of(Duration.ZERO));
    ledger.settle(
        ask, new Settlement(Settlement.Outcome.ANSWERED, "provider", model, 1, false, tokens));
  }
}
