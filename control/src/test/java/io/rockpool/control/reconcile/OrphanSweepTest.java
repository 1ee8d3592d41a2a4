package io.rockpool.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.tck.FakeCrash;
import io.rockpool.runtime.tck.FakeDriver;
import io.rockpool.runtime.tck.ManualClock;
import io.rockpool.runtime.tck.Verb;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphanSweepTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Duration GRACE = Duration.ofMinutes(10);
  private static final InstanceId ADA = new InstanceId("ada");
  private static final Actor ROCKPOOL = new Actor.Rockpool("test");

  private final ManualClock clock = new ManualClock(NOW);
  private final FakeDriver.Ground ground = new FakeDriver.Ground();
  private final FakeDriver driver = new FakeDriver(ground);
  private TestDatabase database;
  private InstanceStore store;
  private OrphanSweep sweep;

  @BeforeEach
  void open(@TempDir Path home) {
    database = TestDatabase.sqlite(home);
    Sql sql = database.open();
    TestDatabase.reset(sql, "ada");
    store = new SqlInstanceStore(sql);
    sweep = new OrphanSweep(store, Map.of("fake", driver), GRACE, clock, new Bell());
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void what_the_store_knows_is_left_alone() {
    store.insert(instance(), null);
    runs();

    sweepTwice(GRACE.multipliedBy(9));

    assertThat(driver.observe(ADA)).isInstanceOf(Running.class);
  }

  @Test
  void an_unknown_process_ends_after_the_grace_period_and_its_state_is_kept() {
    runs();

    sweepTwice(GRACE);
    assertThat(driver.observe(ADA)).isInstanceOf(Running.class);
    clock.advance(Duration.ofMillis(1));
    sweep.sweep();

    assertThat(driver.observe(ADA)).isEqualTo(new Stopped());
  }

  @Test
  void what_is_unknown_and_does_not_run_is_kept_for_ever() {
    runs();
    driver.stop(ADA);

    sweepTwice(Duration.ofDays(999));

    assertThat(driver.observe(ADA)).isEqualTo(new Stopped());
  }

  @Test
  void what_is_left_of_a_destroyed_instance_is_removed_with_its_state() {
    destroyed();
    runs();

    sweepTwice(GRACE);
    assertThat(driver.observe(ADA)).isInstanceOf(Running.class);
    clock.advance(Duration.ofMillis(1));
    sweep.sweep();

    assertThat(driver.observe(ADA)).isEqualTo(new Absent());
    assertThat(driver.list()).isEmpty();
  }

  @Test
  void what_the_store_comes_to_know_is_no_orphan_any_more() {
    runs();
    sweep.sweep();
    clock.advance(GRACE);
    store.insert(instance(), null);
    sweep.sweep();
    destroyed();

    sweepTwice(GRACE);

    assertThat(driver.observe(ADA)).isInstanceOf(Running.class);
  }

  @Test
  void what_comes_again_has_its_grace_again() {
    runs();
    sweep.sweep();
    driver.destroy(ADA);
    sweepTwice(GRACE.multipliedBy(2));
    runs();

    sweep.sweep();

    assertThat(driver.observe(ADA)).isInstanceOf(Running.class);
  }

  @Test
  void what_cannot_be_removed_is_tried_at_the_next_sweep() {
    destroyed();
    runs();
    sweep.sweep();
    clock.advance(GRACE.plusMillis(1));
    ground.failNext(Verb.DESTROY, new DriverError.Unknown("The runtime did not answer."));

    sweep.sweep();
    assertThat(driver.list()).containsExactly(ADA);
    sweep.sweep();

    assertThat(driver.list()).isEmpty();
  }

  @Test
  void a_new_server_gives_grace_anew() {
    runs();
    sweep.sweep();
    clock.advance(GRACE.plusMillis(1));

    new OrphanSweep(store, Map.of("fake", driver), GRACE, clock, new Bell()).sweep();

    assertThat(driver.observe(ADA)).isInstanceOf(Running.class);
  }

  @Test
  void a_sweep_that_is_killed_is_done_by_the_next() {
    destroyed();
    runs();
    sweep.sweep();
    clock.advance(GRACE.plusMillis(1));
    ground.crashAfter(Verb.DESTROY);

    assertThatThrownBy(sweep::sweep).isInstanceOf(FakeCrash.class);
    sweep.sweep();

    assertThat(driver.list()).isEmpty();
  }

  private void sweepTwice(Duration between) {
    sweep.sweep();
    clock.advance(between);
    sweep.sweep();
  }

  private void runs() {
    driver.start(
        new InstanceSpec(
            ADA,
            1,
            List.of("sleep", "600"),
            Map.of(),
            InstanceFiles.NONE,
            new Limits(256L << 20, 1_000, 64)));
  }

  /** Its account had it destroyed, here. */
  private void destroyed() {
    if (store.find(ROCKPOOL, ADA).isEmpty()) {
      store.insert(instance(), null);
    }
    store.claim("reconciler", Lane.STARTS, 9, clock.instant(), Duration.ofSeconds(15));
    store.remove("reconciler", ADA, clock.instant());
    assertThat(store.wasDestroyed(ADA)).isTrue();
  }

  private static Instance instance() {
    return new Instance(
        ADA,
        "ada",
        "ada",
        NOW,
        NOW,
        new Wanted(Goal.RUNNING, "free", "fake", List.of(), "sleep 600", 1, 1),
        new Status(Phase.PROVISIONING, NOW, 0, 0, null, List.of(), null, null, Trial.of(1)),
        Rest.fresh(NOW),
        1);
  }
}
