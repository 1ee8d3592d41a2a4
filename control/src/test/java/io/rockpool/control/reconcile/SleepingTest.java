package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.instance.Instances.Taken;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.instance.Status;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.plan.SocketPolicy;
import io.rockpool.control.reconcile.SleepProbe.Answer;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.sleep.Waker.Awaited;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.tck.Verb;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class SleepingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path home;
  private Fleet fleet;
  private Waker waker;

  @BeforeEach
  void open() {
    fleet = new Fleet(home, Fleet.QUICK);
    var clock = InstantSource.system();
    waker =
        new Waker(
            fleet.store,
            fleet::look,
            new Activity(fleet.store, clock),
            _ -> Optional.empty(),
            Waker.Bounds.DEFAULT,
            clock);
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  @Test
  void what_shall_doze_is_paused_and_frozen_and_says_so() {
    fleet.server();
    var id = fleet.running("sleep 600");

    doze(id);

    var instance = fleet.get(id);
    assertThat(fleet.runtime.observe(id)).isInstanceOf(Observation.Frozen.class);
    assertThat(fleet.bed.paused).contains(id);
    assertThat(instance.isReachable()).isFalse();
    assertThat(instance.wakes()).isTrue();
    assertThat(instance.status().gateway()).isNotNull();
    assertThat(fleet.ready(id))
        .isEqualTo("It dozes. Its owner asked for it. The next message wakes it.");
    assertThat(fleet.said(id).getLast().message()).isEqualTo("It dozes. Its owner asked for it.");
  }

  @Test
  void what_is_needed_wakes_in_the_same_process() throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600");
    var before = fleet.get(id).status();
    doze(id);

    var awaited = await(id);

    assertThat(awaited).isInstanceOf(Awaited.Awake.class);
    assertThat(fleet.get(id).status().placement()).isEqualTo(before.placement());
    assertThat(fleet.get(id).status().phase()).isEqualTo(Phase.RUNNING);
    assertThat(fleet.ground.starts(id)).isEqualTo(1);
    assertThat(fleet.bed.paused).isEmpty();
  }

  @Test
  void files_are_not_handed_over_again_after_a_nap() throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600");
    int handed = fleet.handed.get();
    doze(id);

    await(id);

    assertThat(fleet.handed).hasValue(handed);
  }

  @Test
  void a_new_configuration_reaches_a_sleeper_when_it_wakes() throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600 # red");
    doze(id);

    fleet.instances.configure(ADA, id, "sleep 600 # blue", null);
    quick().until(() -> fleet.get(id).status().phase() == Phase.DOZING);
    await(id);

    assertThat(fleet.ground.configFile(id, "openclaw.json")).contains("sleep 600 # blue");
    assertThat(fleet.ground.starts(id)).isEqualTo(1);
  }

  @Test
  void a_sleeper_whose_new_configuration_needs_a_new_process_gets_it_when_it_wakes()
      throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600");
    doze(id);

    fleet.instances.configure(ADA, id, "sleep 700", null);
    until(id, Phase.DOZING);
    await(id);

    assertThat(fleet.ground.starts(id)).isEqualTo(2);
    until(id, Phase.RUNNING);
  }

  @Test
  void who_stops_a_sleeper_does_not_wake_it() throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600");
    doze(id);

    assertThat(fleet.instances.stop(ADA, id)).isInstanceOf(Taken.Accepted.class);
    until(id, Phase.STOPPED);

    assertThat(fleet.get(id).wakes()).isFalse();
    assertThat(await(id)).isInstanceOf(Awaited.Down.class);
    assertThat(fleet.runtime.observe(id)).isInstanceOf(Observation.Stopped.class);
  }

  @Test
  void starting_a_sleeper_wakes_it() {
    fleet.server();
    var id = fleet.running("sleep 600");
    doze(id);

    fleet.instances.start(ADA, id);

    until(id, Phase.RUNNING);
    assertThat(fleet.ground.starts(id)).isEqualTo(1);
  }

  @Test
  void what_sleeps_without_a_process_is_started_when_it_is_needed() throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600");

    sleep(id, Level.STOPPED);
    until(id, Phase.STOPPED);
    assertThat(fleet.runtime.observe(id)).isInstanceOf(Observation.Stopped.class);
    assertThat(fleet.get(id).wakes()).isTrue();

    assertThat(await(id)).isInstanceOf(Awaited.Awake.class);
    assertThat(fleet.ground.starts(id)).isEqualTo(2);
  }

  @Test
  void a_busy_one_stays_awake_and_is_asked_again_later() {
    fleet.bed.answer = new Answer.Busy("It answers a message.", Duration.ofSeconds(20));
    fleet.server();
    var id = fleet.running("sleep 600");

    sleep(id, Level.DOZING);

    quick().until(() -> fleet.get(id).rest().reason().equals("Busy"));
    until(id, Phase.RUNNING);
    var rest = fleet.get(id).rest();
    assertThat(rest.level()).isEqualTo(Level.AWAKE);
    assertThat(rest.message()).isEqualTo("It answers a message.");
    assertThat(rest.notBefore()).isEqualTo(rest.since().plusSeconds(20));
    assertThat(fleet.runtime.observe(id)).isInstanceOf(Observation.Running.class);
  }

  @Test
  void one_that_is_busy_for_a_moment_sleeps_after_it_as_its_owner_asked() {
    fleet.bed.busyTimes.set(3);
    fleet.server();
    var id = fleet.running("sleep 600");

    doze(id);

    assertThat(fleet.get(id).rest().reason()).isEqualTo(Rest.ASKED);
  }

  @Test
  void one_whose_job_is_due_soon_stays_awake() {
    fleet.bed.answer = new Answer.Ready(Instant.now().plusSeconds(20));
    fleet.server();
    var id = fleet.running("sleep 600");

    sleep(id, Level.DOZING);

    quick().until(() -> fleet.get(id).rest().reason().equals("JobDue"));
    until(id, Phase.RUNNING);
    assertThat(fleet.bed.paused).isEmpty();
  }

  @Test
  void one_whose_job_becomes_due_is_woken() {
    fleet.bed.answer = new Answer.Ready(Instant.now().plus(Duration.ofHours(1)));
    fleet.server();
    var id = fleet.running("sleep 600");
    doze(id);
    var run = fleet.get(id).rest().nextRun();
    assertThat(run).isNotNull();

    // As if that time had come.
    fleet.store.change(
        ADA, id, it -> it.resting(it.rest().until(Instant.now().plus(Ladder.Lead.of(id).thaw()))));

    until(id, Phase.RUNNING);
    assertThat(fleet.get(id).rest().reason()).isEqualTo("JobDue");
  }

  @Test
  void a_gateway_that_does_not_say_stays_awake() {
    fleet.bed.answer = new Answer.Silent();
    fleet.server();
    var id = fleet.running("sleep 600");

    sleep(id, Level.DOZING);

    quick().until(() -> fleet.get(id).rest().reason().equals("Unanswered"));
    until(id, Phase.RUNNING);
  }

  @Test
  void a_host_that_cannot_freeze_lets_it_run_on() {
    fleet.server();
    var id = fleet.running("sleep 600");
    fleet.ground.failNext(Verb.DOZE, new DriverError.Refused("This host has no freezer."));

    sleep(id, Level.DOZING);

    quick().until(() -> fleet.get(id).rest().reason().equals("CannotDoze"));
    until(id, Phase.RUNNING);
    assertThat(fleet.get(id).rest().message()).isEqualTo("This host has no freezer.");
    assertThat(fleet.bed.paused).isEmpty();
  }

  @Test
  void who_needs_it_while_it_falls_asleep_gets_it() throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600");
    var gate = fleet.ground.holdNext(Verb.DOZE);
    sleep(id, Level.DOZING);
    assertThat(gate.awaitReached(PATIENCE)).isTrue();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = threads.submit(() -> await(id));
      quick().until(() -> fleet.get(id).level() == Level.AWAKE);
      gate.release();
      assertThat(waiting.get()).isInstanceOf(Awaited.Awake.class);
    }
    assertThat(fleet.runtime.observe(id)).isInstanceOf(Observation.Running.class);
  }

  @Test
  void a_thousand_who_need_it_at_once_wake_it_once() throws Exception {
    fleet.server();
    var id = fleet.running("sleep 600");
    doze(id);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = new ArrayList<Future<Awaited>>();
      for (int i = 0; i < 1_000; i++) {
        waiting.add(threads.submit((Callable<Awaited>) () -> await(id)));
      }
      for (var one : waiting) {
        assertThat(one.get()).isInstanceOf(Awaited.Awake.class);
      }
    }
    assertThat(fleet.ground.wakes(id)).isEqualTo(1);
  }

  @Test
  void a_dozing_one_whose_process_is_gone_sleeps_on_and_is_started_when_it_is_needed()
      throws Exception {
    fleet.plans = Fleet.plans(SleepPolicy.DEFAULT);
    fleet.server();
    var id = fleet.running("sleep 600");
    doze(id);
    fleet.ground.kill(id);

    quick()
        .until(() -> {
          fleet.store.touchRunning(Instant.now()); // as a server does when it starts
          fleet.look();
          return fleet.get(id).status().phase() == Phase.STOPPED;
        });
    assertThat(fleet.get(id).rest().reason()).isEqualTo("ProcessEnded");

    assertThat(await(id)).isInstanceOf(Awaited.Awake.class);
  }

  @Test
  void idle_ones_fall_asleep_by_themselves() {
    fleet.plans = Fleet.plans(SleepPolicy.DEFAULT);
    fleet.server();
    var id = fleet.running("sleep 600");

    idleForAnHour(id);

    until(id, Phase.DOZING);
    assertThat(fleet.get(id).rest().reason()).isEqualTo("Idle");
    assertThat(fleet.get(id).rest().message()).isEqualTo("Nobody needed it for 60 minutes.");
  }

  @Test
  void a_live_connection_keeps_its_instance_awake_and_wakes_it_when_it_comes_while_it_sleeps() {
    fleet.plans = Fleet.plans(SleepPolicy.DEFAULT);
    fleet.server();
    var held = fleet.running("sleep 600");
    var free = fleet.running("sleep 600");
    fleet.sockets.add(held);

    idleForAnHour(held);
    idleForAnHour(free);
    until(free, Phase.DOZING);
    quick()
        .untilAsserted(() ->
            assertThat(fleet.get(held).status().condition("Ready").orElseThrow().message())
                .isEqualTo(
                    "It answers. Its plan keeps it awake while it has a live connection to a chat"
                        + " platform."));
    assertThat(fleet.get(held).level()).isEqualTo(Level.AWAKE);

    fleet.sockets.add(free);
    touch(free);
    until(free, Phase.RUNNING);
    assertThat(fleet.get(free).rest().reason()).isEqualTo("SocketHeld");
  }

  @Test
  void where_the_plan_says_so_it_sleeps_with_a_live_connection_and_wakes_to_look() {
    fleet.plans =
        Fleet.plans(
            new SleepPolicy(
                false,
                Duration.ofMinutes(2),
                Duration.ofDays(7),
                new SocketPolicy.Looks(Duration.ofMinutes(30), Duration.ofMinutes(1))));
    fleet.server();
    var id = fleet.running("sleep 600");
    fleet.sockets.add(id);

    idleForAnHour(id);
    until(id, Phase.DOZING);
    assertThat(Attendance.of(fleet.get(id), fleet.plans.standard().sleep()))
        .startsWith("asleep; next look at 2");

    // As if it had slept for half an hour.
    var then = Instant.now().minus(Duration.ofMinutes(30));
    fleet.store.change(
        ADA, id, it -> it.resting(new Rest(Level.DOZING, "Idle", "", then, then, null, then, 0)));
    touch(id);
    until(id, Phase.RUNNING);
    assertThat(fleet.get(id).rest().reason()).isEqualTo("SocketDue");
    assertThat(Attendance.of(fleet.get(id), fleet.plans.standard().sleep()))
        .isEqualTo("awake; once idle, it looks every 30 minutes for 60 seconds");
  }

  /** As if it had run, idle, for an hour. */
  private void idleForAnHour(InstanceId id) {
    var longAgo = Instant.now().minus(Duration.ofHours(1));
    fleet.store.change(
        ADA,
        id,
        it ->
            it.seen(since(it.status(), longAgo))
                .resting(new Rest(Level.AWAKE, "Message", "", longAgo, longAgo, null, longAgo, 0)));
  }

  /** Somebody looks at it now. */
  private void touch(InstanceId id) {
    fleet.store.renderAnew(id, Instant.now());
    fleet.look();
  }

  private static Status since(Status status, Instant since) {
    return new Status(
        status.phase(),
        since,
        status.progress(),
        status.appliedGeneration(),
        status.appliedBy(),
        status.conditions(),
        status.placement(),
        status.gateway(),
        status.trial());
  }

  private Awaited await(InstanceId id) throws InterruptedException {
    var awaited = waker.await(ADA, id, "Message", "A message came.", 100, PATIENCE);
    assertThat(awaited).as("%s %s", fleet, fleet.said(id)).isNotInstanceOf(Awaited.Late.class);
    return awaited;
  }

  private ConditionFactory quick() {
    return Fleet.patiently().atMost(Duration.ofSeconds(30));
  }

  private void until(InstanceId id, Phase phase) {
    quick()
        .untilAsserted(() ->
            assertThat(fleet.get(id).status().phase())
                .as(fleet.toString() + fleet.said(id))
                .isEqualTo(phase));
  }

  private void doze(InstanceId id) {
    sleep(id, Level.DOZING);
    quick()
        .until(() -> {
          var status = fleet.get(id).status();
          return status.phase() == Phase.DOZING && !Journal.isFallingAsleep(status);
        });
  }

  private void sleep(InstanceId id, Level level) {
    fleet.store.change(
        ADA,
        id,
        it ->
            it.resting(
                it.rest().down(level, Rest.ASKED, "Its owner asked for it.", Instant.now())));
    fleet.look();
  }
}
