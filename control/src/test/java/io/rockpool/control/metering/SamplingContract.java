package io.rockpool.control.metering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.metering.ResourceUsage.Day;
import io.rockpool.control.metering.ResourceUsage.PlanDay;
import io.rockpool.control.money.Money;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.control.usage.Allowance;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Usage;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What is booked of instances' use of their hosts, on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
abstract class SamplingContract {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final LocalDate TODAY = LocalDate.parse("2026-11-21");
  private static final InstanceId X = new InstanceId("x");
  private static final Money PRICE = new Money(Currency.getInstance("CNY"), 99_000_000_000L);
  private static final Plans PLANS =
      new Plans(
          List.of(
              new Plan("free", new Limits(1L << 30, 1_000, 64), SleepPolicy.DEFAULT),
              new Plan(
                  "pro",
                  new Limits(1L << 30, 1_000, 64),
                  SleepPolicy.DEFAULT,
                  Allowance.UNBOUND,
                  PRICE)));

  /** The runtime of one server. */
  private static final class Host implements Sampling.Hosts {
    final Map<InstanceId, Usage> usages = new HashMap<>();
    final Map<InstanceId, Long> sizes = new HashMap<>();
    final Set<InstanceId> broken = new HashSet<>();
    int measured;

    @Override
    public Optional<Usage> usage(Instance instance) {
      if (broken.contains(instance.id())) {
        throw new IllegalStateException("the runtime of this one is broken");
      }
      return Optional.ofNullable(usages.get(instance.id()));
    }

    @Override
    public OptionalLong stateBytes(Instance instance) {
      measured++;
      var size = sizes.get(instance.id());
      return size == null ? OptionalLong.empty() : OptionalLong.of(size);
    }
  }

  private final Host here = new Host();
  private final Host elsewhere = new Host();
  private TestDatabase database;
  private Sql sql;
  private SqlInstanceStore store;
  private ManualClock clock;
  private ResourceUsage usage;
  private Sampling sampling;
  private Sampling other;

  /** A place for rows; called once. */
  abstract TestDatabase database();

  @BeforeAll
  final void open() {
    database = database();
    sql = database.open();
    store = new SqlInstanceStore(sql);
    usage = new ResourceUsage(sql);
  }

  @BeforeEach
  final void empty() {
    TestDatabase.reset(sql, "ada", "bob");
    clock = new ManualClock(NOON);
    for (var host : List.of(here, elsewhere)) {
      host.usages.clear();
      host.sizes.clear();
      host.broken.clear();
      host.measured = 0;
    }
    sampling = new Sampling(store, usage, here, PLANS, clock);
    other = new Sampling(store, new ResourceUsage(database.open()), elsewhere, PLANS, clock);
  }

  @AfterAll
  final void close() {
    database.close();
  }

  @Test
  void what_an_instance_uses_is_booked_from_its_creation_on() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 20, 1_000);
    here.sizes.put(X, 500L);
    pass(60);
    runs(here, X, "a", 21, 3_000);
    pass(60);

    assertThat(days())
        .containsExactly(
            new Day("x", TODAY, Rung.RUNNING, Quantities.of(120_000, 21_000, 150_000, 45_000)));
  }

  @Test
  void what_is_destroyed_between_two_looks_is_booked_up_to_its_end() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 20, 1_000);
    pass(60);
    runs(here, X, "a", 50, 1_000);
    clock.advance(Duration.ofSeconds(40));
    var leaving =
        store
            .change(new Actor.Operator("admin"), X, it -> it.leaving(clock.instant()))
            .orElseThrow();

    sampling.last(leaving);
    sampling.last(leaving); // its runtime could not destroy it at once
    sampling.pass();

    assertThat(days())
        .containsExactly(
            new Day("x", TODAY, Rung.RUNNING, Quantities.of(100_000, 50_000, 70_000, 0)));
  }

  @Test
  void what_was_created_and_destroyed_between_two_looks_is_booked_too() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 3, 0);
    clock.advance(Duration.ofSeconds(20));

    sampling.last(store.find(new Actor.Operator("admin"), X).orElseThrow());

    assertThat(days())
        .extracting(day -> day.quantities().cpuMillis(), day -> day.quantities().millis())
        .containsExactly(tuple(3_000L, 20_000L));
  }

  @Test
  void another_server_that_does_not_run_it_books_nothing() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 20, 1_000);
    pass(60);
    other.pass();
    clock.advance(Duration.ofSeconds(30));
    other.pass();
    runs(here, X, "a", 30, 1_000);
    pass(30);

    assertThat(days())
        .extracting(day -> day.quantities().cpuMillis(), day -> day.quantities().millis())
        .containsExactly(tuple(30_000L, 120_000L));
  }

  @Test
  void two_servers_at_once_never_count_twice() throws Exception {
    for (int i = 0; i < 50; i++) {
      insert(new InstanceId("i" + i), "ada", "pro", Phase.STOPPED);
      here.sizes.put(new InstanceId("i" + i), 1_000L);
      elsewhere.sizes.put(new InstanceId("i" + i), 1_000L);
    }
    pass(0);
    other.pass();

    for (int round = 0; round < 5; round++) {
      clock.advance(Sampling.SELDOM);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var one = threads.submit(sampling::pass);
        var two = threads.submit(other::pass);
        one.get();
        two.get();
      }
    }

    assertThat(usage.of("ada", TODAY, TODAY))
        .hasSize(50)
        .allSatisfy(day -> assertThat(day.quantities().millis()).isEqualTo(5 * 3_600_000L));
  }

  @Test
  void a_server_that_starts_again_goes_on_where_the_last_look_was() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 20, 0);
    pass(60);
    runs(here, X, "a", 50, 0);
    clock.advance(Duration.ofHours(2));

    new Sampling(store, usage, here, PLANS, clock).pass();

    assertThat(days())
        .extracting(day -> day.quantities().cpuMillis(), day -> day.quantities().millis())
        .containsExactly(tuple(50_000L, 660_000L));
  }

  @Test
  void what_was_used_before_the_first_look_at_an_old_instance_is_nobodys() {
    insert(X, "ada", "pro", Phase.RUNNING);
    clock.advance(Duration.ofHours(1));
    runs(here, X, "a", 1_000, 5_000);
    pass(0);
    assertThat(days()).isEmpty();

    runs(here, X, "a", 1_001, 5_000);
    pass(60);
    assertThat(days().getFirst().quantities().cpuMillis()).isEqualTo(1_000);
  }

  @Test
  void what_it_costs_while_it_sleeps_is_apart() {
    insert(X, "ada", "pro", Phase.DOZING);
    runs(here, X, "a", 20, 1_000);
    pass(60);
    runs(here, X, "a", 20, 10);
    pass(60);
    phase(X, Phase.STOPPED);
    here.usages.clear();
    pass(60);
    pass(3_600);

    assertThat(days()).extracting(Day::rung).containsExactly(Rung.DOZING, Rung.STOPPED);
    assertThat(days().getLast().quantities().millis()).isEqualTo(3_600_000);
  }

  @Test
  void state_is_measured_once_an_hour_and_what_stays_stopped_is_written_once_an_hour() {
    insert(X, "ada", "pro", Phase.STOPPED);
    here.sizes.put(X, 100L);
    pass(60);
    IntStream.range(0, 59).forEach(_ -> pass(60));
    assertThat(here.measured).isEqualTo(1);
    assertThat(days().getFirst().quantities().millis()).isEqualTo(60_000);

    pass(60);
    assertThat(here.measured).isEqualTo(2);
    assertThat(days().getFirst().quantities().millis()).isEqualTo(3_660_000);
  }

  @Test
  void state_that_cannot_be_measured_keeps_its_size_and_is_not_tried_each_minute() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 0, 0);
    here.sizes.put(X, 1_000L);
    pass(60);
    here.sizes.clear();
    IntStream.range(0, 90).forEach(_ -> pass(60));

    assertThat(here.measured).isEqualTo(2);
    assertThat(days().getFirst().quantities().storageByteSeconds()).isEqualTo(30_000 + 90 * 60_000);
  }

  @Test
  void each_day_of_an_instance_has_its_plan_and_price_also_those_without_a_look() {
    insert(X, "ada", "pro", Phase.STOPPED);
    insert(new InstanceId("y"), "ada", "free", Phase.STOPPED);
    pass(60);
    pass((int) Duration.ofDays(2).toSeconds());

    assertThat(usage.planDays("ada", TODAY, TODAY.plusDays(9)))
        .containsExactly(
            new PlanDay("x", TODAY, "pro", PRICE, false),
            new PlanDay("x", TODAY.plusDays(1), "pro", PRICE, false),
            new PlanDay("x", TODAY.plusDays(2), "pro", PRICE, false),
            new PlanDay("y", TODAY, "free", null, false),
            new PlanDay("y", TODAY.plusDays(1), "free", null, false),
            new PlanDay("y", TODAY.plusDays(2), "free", null, false));
    assertThat(usage.planDays("bob", TODAY, TODAY.plusDays(9))).isEmpty();
  }

  @Test
  void what_is_held_or_never_ran_costs_nothing_and_what_is_subscribed_to_is_collected() {
    insert(X, "ada", "pro", Phase.STOPPED);
    insert(new InstanceId("y"), "bob", "pro", Phase.STOPPED);
    store.insert(
        Instance.fresh(
            new InstanceId("z"),
            "ada",
            "z",
            new Wanted(Goal.RUNNING, "pro", "fake", List.of(), "{}", 1, 1),
            clock.instant()),
        null);
    sql.update("UPDATE instance SET phase = 'failed' WHERE id = 'z'");
    subscribe("bob");
    pass(60);
    sql.update(
        """
        UPDATE instance SET term = '{"expiresAt":null,"autoRenew":false,"day":0,"told":0,"hold":{"reason":"UNPAID",
          "message":"Pay.","since":"2026-11-21T12:00:00Z","resumes":false}}' WHERE id = 'x'
        """);
    pass((int) Duration.ofDays(1).toSeconds());

    assertThat(usage.planDays("ada", TODAY, TODAY.plusDays(9)))
        .containsExactly(new PlanDay("x", TODAY, "pro", PRICE, false));
    assertThat(usage.planDays("bob", TODAY, TODAY.plusDays(9)))
        .containsExactly(
            new PlanDay("y", TODAY, "pro", PRICE, true),
            new PlanDay("y", TODAY.plusDays(1), "pro", PRICE, true));
  }

  private void subscribe(String account) {
    sql.update(
        """
        INSERT INTO subscription (account_id, provider, plan, order_id, paid, since, told, look_at, revision)
        VALUES (?, 'fake', 'pro', 'o1', 1, 0, '{}', 0, 1)
        """,
        account);
  }

  @Test
  void what_was_claimed_from_the_pool_counts_for_its_owner_from_then_on() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 20, 1_000);
    clock.advance(Duration.between(NOON, Instant.parse("2026-11-21T23:59:30Z")));
    sampling.pass();
    clock.advance(Duration.ofSeconds(40));
    sql.update(
        "UPDATE instance SET account_id = 'bob', created_at = ? WHERE id = 'x'", clock.millis());
    pass(20);

    assertThat(usage.of(X, "bob", TODAY, TODAY.plusDays(1)))
        .containsExactly(
            new Day("x", TODAY.plusDays(1), Rung.RUNNING, Quantities.of(20_000, 0, 20_000, 0)));
    assertThat(usage.planDays("bob", TODAY, TODAY.plusDays(9)))
        .containsExactly(new PlanDay("x", TODAY.plusDays(1), "pro", PRICE, false));
  }

  @Test
  void a_new_price_of_a_plan_counts_from_the_next_day_on() {
    insert(X, "ada", "pro", Phase.STOPPED);
    pass(60);
    var dearer = new Money(PRICE.currency(), 2 * PRICE.nanos());
    var plans =
        new Plans(
            List.of(
                new Plan(
                    "pro",
                    new Limits(1L << 30, 1_000, 64),
                    SleepPolicy.DEFAULT,
                    Allowance.UNBOUND,
                    dearer)));
    clock.advance(Duration.ofHours(2));
    new Sampling(store, usage, here, plans, clock).pass();
    clock.advance(Duration.ofDays(1));
    new Sampling(store, usage, here, plans, clock).pass();

    assertThat(usage.planDays("ada", TODAY, TODAY.plusDays(9)))
        .extracting(PlanDay::price)
        .containsExactly(PRICE, dearer);
  }

  @Test
  void one_that_cannot_be_looked_at_or_booked_keeps_no_other_from_it() {
    var unseen = new InstanceId("unseen");
    var unbooked = new InstanceId("unbooked");
    List.of(unseen, unbooked, X).forEach(it -> insert(it, "ada", "pro", Phase.RUNNING));
    List.of(unseen, unbooked, X).forEach(it -> runs(here, it, "a", 20, 1_000));
    pass(60);
    here.broken.add(unseen);
    sql.update("UPDATE resource_sample SET memory = -9000000 WHERE instance_id = 'unbooked'");

    pass(60);

    assertThat(days().getFirst().quantities().millis()).isEqualTo(120_000);
  }

  @Test
  void more_instances_than_fit_a_page_are_all_seen() {
    IntStream.range(0, 250)
        .forEach(i -> insert(new InstanceId("i" + i), "ada", "free", Phase.STOPPED));
    pass(60);

    assertThat(usage.of("ada", TODAY, TODAY)).hasSize(250);
  }

  @Test
  void what_a_gone_instance_used_stays_in_the_books() {
    insert(X, "ada", "pro", Phase.RUNNING);
    runs(here, X, "a", 20, 0);
    pass(60);
    sql.update("DELETE FROM instance WHERE id = ?", X.value());
    pass(60);

    assertThat(usage.of("ada", TODAY, TODAY)).hasSize(1);
    assertThat(usage.of(X, "bob", TODAY, TODAY)).isEmpty();
  }

  private List<Day> days() {
    return usage.of(X, "ada", TODAY, TODAY);
  }

  private void pass(int seconds) {
    clock.advance(Duration.ofSeconds(seconds));
    sampling.pass();
  }

  private static void runs(Host host, InstanceId id, String life, int cpu, long memory) {
    host.usages.put(id, new Usage(memory, 0, Duration.ofSeconds(cpu), life));
  }

  private void insert(InstanceId id, String account, String plan, Phase phase) {
    store.insert(
        Instance.fresh(
            id,
            account,
            id.value(),
            new Wanted(Goal.RUNNING, plan, "fake", List.of(), "{}", 1, 1),
            clock.instant()),
        null);
    phase(id, phase);
  }

  private void phase(InstanceId id, Phase phase) {
    store.take("test", id, clock.instant(), Duration.ofMinutes(1));
    var instance = store.held("test", id, clock.instant()).orElseThrow();
    store.saveStatus("test", id, 1, in(instance.status(), phase, clock.instant()));
    store.endLeases("test", List.of(id));
  }

  private static Status in(Status status, Phase phase, Instant now) {
    return new Status(
        phase,
        now,
        0,
        1,
        status.appliedBy(),
        status.conditions(),
        status.placement(),
        status.gateway(),
        status.trial());
  }
}
