package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static io.rockpool.control.reconcile.Fleet.QUICK;
import static io.rockpool.control.reconcile.Fleet.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.event.Event;
import io.rockpool.control.instance.Condition;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.TestBlueprints;
import io.rockpool.control.reconcile.FilesProbe.Answer;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.tck.Verb;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class ReconcilerTest {
  private static final DriverError UNKNOWN = new DriverError.Unknown("The runtime did not answer.");
  private static final DriverError FULL =
      new DriverError.Full("memory", "No memory left on this host: stop an instance.");

  @TempDir Path home;
  private final List<Fleet> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(Fleet::close);
  }

  private Fleet fleet() {
    return fleet(QUICK);
  }

  private Fleet fleet(Timing timing) {
    var fleet = new Fleet(home, timing);
    opened.add(fleet);
    return fleet;
  }

  @Test
  void a_new_instance_runs_once_its_own_path_answers() {
    var fleet = fleet();
    fleet.mute = true;
    fleet.server();

    var id = fleet.create("sleep 600");
    patiently().until(() -> fleet.probes.get() > 5);
    var before = fleet.get(id).status();
    fleet.mute = false;
    var after = fleet.until(id, Phase.RUNNING).status();

    assertThat(before.phase()).isEqualTo(Phase.PROVISIONING);
    assertThat(before.progress()).isBetween(10, 99);
    assertThat(after.progress()).isEqualTo(100);
    assertThat(after.appliedGeneration()).isEqualTo(1);
    assertThat(after.gateway()).isNotNull();
    assertThat(after.placement()).isNotNull();
    assertThat(fleet.ready(id)).isEqualTo("It answers.");
    assertThat(fleet.ground.starts(id)).isOne();
    assertThat(fleet.said(id))
        .extracting(Event::kind)
        .containsExactly(
            "Created", "Preparing", "Preparing", "Preparing", "Starting", "Placed", "Running");
  }

  @Test
  void a_stop_keeps_the_state_for_the_next_start() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");
    fleet.ground.writeHomeFile(id, "diary.md", "Dear diary");

    fleet.instances.stop(ADA, id);
    var stopped = fleet.until(id, Phase.STOPPED).status();
    var seen = fleet.runtime.observe(id);
    fleet.instances.start(ADA, id);
    fleet.until(id, Phase.RUNNING);

    assertThat(seen).isEqualTo(new Stopped());
    assertThat(stopped.gateway()).isNull();
    assertThat(stopped.placement()).isNull();
    assertThat(stopped.appliedGeneration()).isZero();
    assertThat(fleet.ground.homeFile(id, "diary.md")).contains("Dear diary");
    assertThat(fleet.ground.starts(id)).isEqualTo(2);
  }

  @Test
  void stopping_and_starting_often_is_no_failure() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    for (int n = 0; n < 2 * QUICK.attempts(); n++) {
      fleet.instances.stop(ADA, id);
      fleet.until(id, Phase.STOPPED);
      fleet.instances.start(ADA, id);
      fleet.until(id, Phase.RUNNING);
    }

    assertThat(fleet.get(id).status().trial().attempts()).isOne();
  }

  @Test
  void what_was_given_up_and_stopped_is_tried_again_by_a_start() {
    var fleet = fleet();
    fleet.ground.failNext(Verb.START, new DriverError.Refused("Not today."));
    fleet.server();
    var id = fleet.create("sleep 600");
    fleet.until(id, Phase.FAILED);

    fleet.instances.stop(ADA, id);
    fleet.until(id, Phase.STOPPED);
    fleet.instances.start(ADA, id);

    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void a_restart_is_a_new_process() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.instances.restart(ADA, id);

    patiently().until(() -> generation(fleet, id) == 2);
    fleet.until(id, Phase.RUNNING);
    assertThat(fleet.ground.starts(id)).isEqualTo(2);
  }

  @Test
  void what_a_gateway_reads_by_itself_is_handed_to_the_running_process() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600 # red");

    fleet.instances.configure(ADA, id, "sleep 600 # blue", null);

    patiently().until(() -> fleet.get(id).status().appliedGeneration() == 2);
    assertThat(fleet.ground.configFile(id, TestBlueprints.FILE)).contains("sleep 600 # blue");
    assertThat(fleet.ground.starts(id)).isOne();
    assertThat(fleet.get(id).status().phase()).isEqualTo(Phase.RUNNING);
    assertThat(fleet.said(id).getLast().kind()).isEqualTo("ConfigApplied");
  }

  @Test
  void files_that_cannot_be_handed_over_are_tried_again() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600 # red");
    fleet.ground.failNext(Verb.REPLACE_FILES, UNKNOWN);

    fleet.instances.configure(ADA, id, "sleep 600 # blue", null);

    patiently().until(() -> fleet.get(id).status().appliedGeneration() == 2);
    assertThat(fleet.ground.configFile(id, TestBlueprints.FILE)).contains("sleep 600 # blue");
    assertThat(fleet.said(id)).extracting(Event::kind).contains("ConfigNotApplied");
  }

  @Test
  void a_gateway_that_has_not_taken_its_files_is_not_ready_and_is_handed_them_again() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600 # red");
    fleet.filesAnswer = Answer.NOT_YET;

    fleet.instances.configure(ADA, id, "sleep 600 # blue", null);
    patiently().until(() -> fleet.handed.get() >= 5);
    var meanwhile = fleet.get(id).status();
    fleet.filesAnswer = Answer.TAKEN;
    patiently().until(() -> fleet.get(id).status().appliedGeneration() == 2);

    assertThat(meanwhile.phase()).isEqualTo(Phase.RUNNING);
    assertThat(meanwhile.appliedGeneration()).isOne();
    assertThat(meanwhile.condition("Ready"))
        .hasValueSatisfying(it -> {
          assertThat(it.status()).isFalse();
          assertThat(it.reason()).isEqualTo("Applying");
        });
    assertThat(fleet.get(id).status().condition("Ready")).map(Condition::status).contains(true);
    assertThat(fleet.said(id))
        .extracting(Event::kind)
        .endsWith("Running", "Applying", "ConfigApplied");
    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void a_gateway_that_never_takes_its_files_gets_a_new_process() {
    var fleet = fleet(Fleet.timing(Duration.ofSeconds(2), Duration.ofMillis(300)));
    fleet.server();
    var id = fleet.running("sleep 600 # red");
    fleet.filesAnswer = Answer.NOT_YET;

    fleet.instances.configure(ADA, id, "sleep 600 # blue", null);
    patiently().until(() -> fleet.ground.starts(id) == 2);
    var status = fleet.until(id, Phase.RUNNING).status();

    assertThat(status.appliedGeneration()).isEqualTo(2);
    assertThat(status.trial().attempts()).isOne();
    assertThat(fleet.ready(id)).isEqualTo("It answers.");
    assertThat(fleet.said(id))
        .extracting(Event::message)
        .contains("It did not take its new configuration within PT0.3S.");
  }

  @Test
  void an_adopted_gateway_is_ready_once_it_has_taken_this_servers_files() {
    var fleet = fleet();
    var first = fleet.server();
    var id = fleet.running("sleep 600");
    first.close();
    fleet.filesAnswer = Answer.NOT_YET;

    fleet.server();
    patiently().until(() -> fleet.ready(id).equals("Its gateway is taking its new configuration."));
    fleet.filesAnswer = Answer.TAKEN;

    patiently().until(() -> fleet.ready(id).equals("It answers."));
    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void an_adopted_gateway_that_was_still_starting_is_asked_until_it_has_its_files() {
    var fleet = fleet();
    fleet.mute = true;
    var first = fleet.server();
    var id = fleet.create("sleep 600");
    patiently().until(() -> fleet.ground.starts(id) == 1);
    first.close();
    fleet.store.endLeases();
    fleet.filesAnswer = Answer.NOT_YET;
    fleet.mute = false;

    fleet.server();
    patiently().until(() -> fleet.asked.get() >= 3);
    var phase = fleet.get(id).status().phase();
    fleet.filesAnswer = Answer.TAKEN;

    fleet.until(id, Phase.RUNNING);
    assertThat(phase).isEqualTo(Phase.PROVISIONING);
    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void a_gateway_that_took_its_files_is_left_alone() {
    var fleet = fleet();
    fleet.server().close();
    fleet.server();
    var id = fleet.running("sleep 600 # red");

    fleet.instances.configure(ADA, id, "sleep 600 # blue", null);
    patiently().until(() -> fleet.get(id).status().appliedGeneration() == 2);
    int looked = fleet.probes.get();
    patiently().until(() -> fleet.probes.get() >= looked + 10);

    assertThat(fleet.handed).hasValue(1);
    assertThat(fleet.asked).hasValue(1);
  }

  @Test
  void a_gateway_that_cannot_tell_is_handed_its_files_three_times() {
    var fleet = fleet();
    fleet.filesAnswer = Answer.UNKNOWN;
    fleet.server();
    var id = fleet.running("sleep 600 # red");

    fleet.instances.configure(ADA, id, "sleep 600 # blue", null);
    patiently().until(() -> fleet.handed.get() >= 3);
    int looked = fleet.probes.get();
    patiently().until(() -> fleet.probes.get() >= looked + 10);

    assertThat(fleet.handed).hasValue(3);
    assertThat(fleet.get(id).status().appliedGeneration()).isEqualTo(2);
    assertThat(fleet.ready(id)).isEqualTo("It answers.");
  }

  @Test
  void a_runtime_that_hands_files_over_at_a_start_only_starts_again_for_newer_ones() {
    var fleet = fleet();
    fleet.server(fleet.store, fleet.plainHost(), 4);
    var id = fleet.running("sleep 600 # 0");

    // More often than a process that fails would be tried.
    for (int n = 1; n <= 2 * QUICK.attempts(); n++) {
      fleet.instances.configure(ADA, id, "sleep 600 # " + n, null);
      var generation = n + 1;
      patiently().until(() -> fleet.get(id).status().appliedGeneration() == generation);
      fleet.until(id, Phase.RUNNING);
    }

    assertThat(fleet.ground.starts(id)).isEqualTo(1 + 2 * QUICK.attempts());
    assertThat(fleet.ground.configFile(id, TestBlueprints.FILE))
        .contains("sleep 600 # " + 2 * QUICK.attempts());
  }

  @Test
  void a_runtime_that_hands_files_over_at_a_start_only_is_adopted_as_it_is() {
    var fleet = fleet();
    var first = fleet.server(fleet.store, fleet.plainHost(), 4);
    var id = fleet.running("sleep 600");
    first.close();

    fleet.server(fleet.store, fleet.plainHost(), 4);
    int looked = fleet.probes.get();
    patiently().until(() -> fleet.probes.get() >= looked + 10);

    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void what_it_reads_only_at_its_start_replaces_the_process() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.instances.configure(ADA, id, "sleep 900", null);

    patiently().until(() -> generation(fleet, id) == 2);
    var status = fleet.until(id, Phase.RUNNING).status();
    assertThat(status.appliedGeneration()).isEqualTo(2);
    assertThat(fleet.ground.configFile(id, TestBlueprints.FILE)).contains("sleep 900");
  }

  @Test
  void a_new_configuration_between_stop_and_start_reaches_the_process() {
    var fleet = fleet();
    fleet.server().close();
    var server = fleet.server();
    var id = fleet.running("sleep 600");
    server.close();
    fleet.store.endLeases();

    // All of it before a server looks again.
    fleet.instances.stop(ADA, id);
    fleet.instances.configure(ADA, id, "sleep 900", null);
    fleet.instances.start(ADA, id);
    fleet.server();

    patiently().until(() -> fleet.ground.starts(id) == 2);
    fleet.until(id, Phase.RUNNING);
    assertThat(fleet.ground.configFile(id, TestBlueprints.FILE)).contains("sleep 900");
  }

  @Test
  void what_is_destroyed_leaves_nothing_but_the_proof() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.instances.destroy(ADA, id);

    fleet.untilGone(id);
    assertThat(fleet.runtime.list()).isEmpty();
    assertThat(fleet.said(id)).isEmpty();
    assertThat(fleet.store.wasDestroyed(id)).isTrue();
  }

  @Test
  void what_is_destroyed_is_seen_a_last_time_while_it_still_runs() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.instances.destroy(ADA, id);

    fleet.untilGone(id);
    assertThat(fleet.lastSeen).singleElement().isInstanceOf(Observation.Running.class);
  }

  @Test
  void a_refused_start_is_given_up_with_the_runtimes_advice() {
    var fleet = fleet();
    fleet.server();

    var id = fleet.create("no-such-program");
    fleet.until(id, Phase.FAILED);

    var advice = "There is no program no-such-program: name one that the runtime has.";
    assertThat(fleet.ready(id)).isEqualTo(advice);
    assertThat(fleet.said(id).getLast())
        .satisfies(it -> assertThat(it.kind()).isEqualTo("Failed"))
        .satisfies(it -> assertThat(it.message()).isEqualTo(advice));
    assertThat(fleet.get(id).status().trial().attempts()).isOne();
  }

  @Test
  void what_was_given_up_is_tried_again_with_another_configuration() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.create("no-such-program");
    fleet.until(id, Phase.FAILED);

    fleet.instances.configure(ADA, id, "sleep 600", null);

    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void what_was_given_up_is_tried_again_by_a_start() {
    var fleet = fleet();
    fleet.ground.failNext(Verb.START, new DriverError.Refused("Not today."));
    fleet.server();
    var id = fleet.create("sleep 600");
    fleet.until(id, Phase.FAILED);

    fleet.instances.start(ADA, id);

    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void a_full_host_is_tried_again() {
    var fleet = fleet();
    fleet.ground.failNext(Verb.START, FULL);
    fleet.ground.failNext(Verb.START, FULL);
    fleet.server();

    var id = fleet.create("sleep 600");
    var status = fleet.until(id, Phase.RUNNING).status();

    assertThat(status.trial().attempts()).isEqualTo(3);
    assertThat(fleet.ground.starts(id)).isOne();
    assertThat(fleet.said(id))
        .filteredOn(it -> it.kind().equals("StartFailed"))
        .extracting(Event::message)
        .containsOnly(FULL.advice());
  }

  @Test
  void a_host_that_stays_full_is_given_up_with_its_advice() {
    var fleet = fleet();
    for (int n = 0; n < QUICK.attempts(); n++) {
      fleet.ground.failNext(Verb.START, FULL);
    }
    fleet.server();

    var id = fleet.create("sleep 600");
    fleet.until(id, Phase.FAILED);

    assertThat(fleet.ready(id)).isEqualTo("It did not come up in 4 tries. " + FULL.advice());
  }

  @Test
  void a_start_without_an_answer_is_looked_at_before_it_is_tried_again() {
    var fleet = fleet();
    fleet.answersAreLost = true;
    fleet.server();

    var id = fleet.create("sleep 600");
    fleet.until(id, Phase.RUNNING);

    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void what_dies_is_started_again_and_says_why() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.ground.kill(id);

    patiently().until(() -> fleet.ground.starts(id) == 2);
    fleet.until(id, Phase.RUNNING);
    assertThat(fleet.said(id))
        .filteredOn(it -> it.kind().equals("Restarting"))
        .extracting(Event::message)
        .containsExactly("The process was killed.");
  }

  @Test
  void what_died_while_no_server_was_there_is_started_again() {
    var fleet = fleet();
    var server = fleet.server();
    var id = fleet.running("sleep 600");
    server.close();

    fleet.ground.kill(id);
    fleet.store.endLeases();
    fleet.server();

    patiently().until(() -> fleet.ground.starts(id) == 2);
    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void a_configuration_that_cannot_work_is_not_tried_twice() {
    var fleet = fleet();
    fleet.server();

    var id = fleet.create("exit 78");
    fleet.until(id, Phase.FAILED);

    assertThat(fleet.ready(id)).isEqualTo("The program ended by itself.");
    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void what_never_comes_up_is_given_up_in_the_end() {
    var fleet = fleet();
    fleet.server();

    var id = fleet.create("exit 1");
    fleet.until(id, Phase.FAILED);

    assertThat(fleet.ready(id))
        .isEqualTo("It did not come up in 4 tries. The program ended by itself.");
    assertThat(fleet.ground.starts(id)).isEqualTo(4);
  }

  @Test
  void a_gateway_that_falls_silent_is_restarted_after_the_limit() {
    var fleet = fleet(Fleet.timing(Duration.ofSeconds(2), Duration.ofMillis(150)));
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.silent.add(id);
    patiently().until(() -> fleet.ground.starts(id) == 2);
    fleet.silent.remove(id);
    fleet.until(id, Phase.RUNNING);

    assertThat(fleet.said(id))
        .filteredOn(it -> it.kind().equals("Restarting"))
        .first()
        .satisfies(it -> assertThat(it.message()).startsWith("It no longer answers, since "));
  }

  @Test
  void a_gateway_that_is_silent_for_a_moment_is_left_alone() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.silent.add(id);
    patiently().until(() -> fleet.get(id).status().trial().silentSince() != null);
    var phase = fleet.get(id).status().phase();
    fleet.silent.remove(id);
    patiently().until(() -> fleet.get(id).status().trial().silentSince() == null);

    assertThat(phase).isEqualTo(Phase.RUNNING);
    assertThat(fleet.ready(id)).isEqualTo("It answers.");
    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void a_gateway_that_never_answers_is_given_up_and_does_not_run_on() {
    var fleet = fleet(Fleet.timing(Duration.ofSeconds(2), Duration.ofMillis(50)));
    fleet.mute = true;
    fleet.server();

    var id = fleet.create("sleep 600");
    fleet.until(id, Phase.FAILED);

    assertThat(fleet.ready(id))
        .isEqualTo("It did not come up in 4 tries. It did not answer within PT0.05S.");
    assertThat(fleet.runtime.observe(id)).isEqualTo(new Stopped());
  }

  @Test
  void a_deletion_wins_over_the_start_that_is_under_way() throws Exception {
    var fleet = fleet();
    var gate = fleet.ground.holdNext(Verb.START);
    fleet.server();
    var id = fleet.create("sleep 600");
    assertThat(gate.awaitReached(Duration.ofSeconds(60))).isTrue();

    fleet.instances.destroy(ADA, id);
    gate.release();

    fleet.untilGone(id);
    assertThat(fleet.runtime.list()).isEmpty();
  }

  @Test
  void a_stop_wins_over_a_gateway_that_does_not_answer_yet() {
    var fleet = fleet();
    fleet.mute = true;
    fleet.server();
    var id = fleet.create("sleep 600");
    patiently().until(() -> fleet.ground.starts(id) == 1);

    fleet.instances.stop(ADA, id);

    fleet.until(id, Phase.STOPPED);
    assertThat(fleet.runtime.observe(id)).isEqualTo(new Stopped());
  }

  @Test
  void starts_are_bounded_and_deletions_do_not_wait_for_them() {
    var timing = Timing.DEFAULT; // looks so rarely that only the starts are at work
    var fleet = fleet(timing);
    fleet.mute = true;
    fleet.server(8);
    var ids = new ArrayList<InstanceId>();
    for (int n = 0; n < 500; n++) {
      ids.add(fleet.create("sleep 600"));
    }

    // All places are taken by those that do not answer yet.
    var deleted = ids.subList(490, 500);
    deleted.forEach(id -> fleet.instances.destroy(ADA, id));
    deleted.forEach(fleet::untilGone);
    var startedMeanwhile = fleet.runtime.list().size();
    fleet.mute = false;
    patiently()
        .atMost(Duration.ofMinutes(2))
        .until(() -> fleet.store.countByPhase().equals(Map.of(Phase.RUNNING, 490L)));

    assertThat(startedMeanwhile).isLessThanOrEqualTo(8);
    assertThat(fleet.ground.mostStartsAtOnce()).isBetween(1, 8);
    assertThat(ids.subList(0, 490)).allMatch(id -> fleet.ground.starts(id) == 1);
  }

  @Test
  void deletions_that_fail_do_not_keep_others_waiting() {
    var fleet = fleet();
    fleet.server();
    var ids = new ArrayList<InstanceId>();
    for (int n = 0; n < 20; n++) {
      ids.add(fleet.create("sleep 600"));
    }
    ids.forEach(id -> fleet.until(id, Phase.RUNNING));
    fleet.stubborn.addAll(ids.subList(0, 19));

    ids.forEach(id -> fleet.instances.destroy(ADA, id));

    fleet.untilGone(ids.getLast());
    assertThat(fleet.get(ids.getFirst()).status().phase()).isEqualTo(Phase.DELETING);
    fleet.stubborn.clear();
    ids.forEach(fleet::untilGone);
  }

  @Test
  void two_replicas_never_work_on_one_instance_at_once() {
    var fleet = fleet();
    fleet.server();
    fleet.server();
    var ids = new ArrayList<InstanceId>();
    for (int n = 0; n < 40; n++) {
      ids.add(fleet.create("sleep 600"));
    }

    ids.forEach(id -> fleet.until(id, Phase.RUNNING));
    ids.forEach(id -> fleet.instances.restart(ADA, id));
    ids.forEach(id -> patiently().until(() -> generation(fleet, id) == 2));
    ids.forEach(id -> fleet.until(id, Phase.RUNNING));

    assertThat(ids).allMatch(id -> fleet.ground.starts(id) == 2);
    ids.forEach(id -> fleet.instances.destroy(ADA, id));
    ids.forEach(fleet::untilGone);
    // That they did not overlap is asserted for every fleet when it is closed.
  }

  @Test
  void the_replica_that_is_left_takes_over_what_the_other_held() throws Exception {
    var fleet = fleet(Fleet.timing(Duration.ofMillis(500), Duration.ofMinutes(1)));
    var gate = fleet.ground.holdNext(Verb.START);
    var first = fleet.server();
    var id = fleet.create("sleep 600");
    assertThat(gate.awaitReached(Duration.ofSeconds(60))).isTrue();

    first.close(); // what was held at the gate is interrupted, and gives nothing back
    fleet.server();

    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void a_pass_that_breaks_off_is_taken_up_when_its_lease_ends() {
    var fleet = fleet(Fleet.timing(Duration.ofMillis(500), Duration.ofMinutes(1)));
    fleet.ground.crashAfter(Verb.START);
    fleet.server();

    var id = fleet.create("sleep 600");

    fleet.until(id, Phase.RUNNING);
    assertThat(fleet.ground.starts(id)).isOne();
  }

  @Test
  void looking_at_what_runs_as_it_is_wanted_writes_nothing() {
    var fleet = fleet(Fleet.timing(Duration.ofHours(1), Duration.ofMinutes(1)));
    var writes = new AtomicInteger();
    fleet.server((method, goOn) -> {
      var result = goOn.call();
      if (List.of("saveStatus", "release").contains(method)
          || (result instanceof Collection<?> claimed && !claimed.isEmpty())) {
        writes.incrementAndGet();
      }
      return result;
    });
    fleet.running("sleep 600");
    int looked = fleet.probes.get();
    patiently().until(() -> fleet.probes.get() >= looked + 2);

    int written = writes.get();
    patiently().until(() -> fleet.probes.get() >= looked + 50);

    assertThat(writes).hasValue(written);
  }

  @Test
  void a_change_through_another_replica_is_taken_up_by_the_holder() {
    var fleet = fleet(Timing.DEFAULT);
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.elsewhere.stop(ADA, id);
    fleet.until(id, Phase.STOPPED);
    fleet.elsewhere.start(ADA, id);
    fleet.until(id, Phase.RUNNING);

    assertThat(fleet.ground.starts(id)).isEqualTo(2);
  }

  @Test
  void what_a_server_kept_is_taken_over_when_it_stops() {
    var fleet = fleet(Fleet.timing(Duration.ofHours(1), Duration.ofMinutes(1)));
    var first = fleet.server();
    var id = fleet.running("sleep 600");

    first.close();
    fleet.server();
    fleet.ground.kill(id);

    patiently().until(() -> fleet.ground.starts(id) == 2);
    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void what_a_killed_server_kept_is_taken_over_when_its_lease_ends() {
    var fleet = fleet(Fleet.timing(Duration.ofMillis(500), Duration.ofMinutes(1)));
    var dead = new AtomicBoolean();
    fleet.server((_, goOn) -> {
      if (dead.get()) {
        throw new IllegalStateException("This server was killed.");
      }
      return goOn.call();
    });
    var id = fleet.running("sleep 600");

    dead.set(true);
    fleet.server();
    fleet.ground.kill(id);

    patiently().until(() -> fleet.ground.starts(id) == 2);
    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void an_instance_of_a_missing_runtime_fails_with_advice_and_rests() {
    var fleet = fleet();
    fleet.server();

    var id = fleet.create("sleep 600", "elsewhere");
    fleet.until(id, Phase.FAILED);

    assertThat(fleet.ready(id))
        .isEqualTo(
            "This server has no runtime 'elsewhere'. Start the server with that runtime, then start"
                + " the instance again.");
    untilAtRest(fleet, id);
    fleet.instances.destroy(ADA, id);
    patiently()
        .untilAsserted(() -> assertThat(fleet.said(id).getLast().kind()).isEqualTo("NoRuntime"));
    untilAtRest(fleet, id);
    assertThat(fleet.get(id).status().phase()).isEqualTo(Phase.DELETING);
  }

  @Test
  void progress_never_falls_within_one_start() {
    var fleet = fleet();
    fleet.ground.failNext(Verb.START, FULL);
    fleet.preparations.add(new Preparation.Result.Failed(FULL));
    fleet.server();

    var id = fleet.running("sleep 600");
    fleet.ground.kill(id);
    patiently().until(() -> fleet.ground.starts(id) == 2);
    fleet.until(id, Phase.RUNNING);

    var starts = new ArrayList<List<Integer>>();
    for (var event : fleet.said(id)) {
      if (starts.isEmpty() || List.of("StartFailed", "Restarting").contains(event.kind())) {
        starts.add(new ArrayList<>());
      }
      if (event.progress() != null) {
        starts.getLast().add(event.progress());
      }
    }
    assertThat(starts)
        .containsExactly(
            List.of(0, 10, 25, 40),
            List.of(10, 25, 40, 40),
            List.of(10, 25, 40, 40, 60, 100),
            List.of(0, 10, 25, 40, 40, 60, 100));
  }

  @Test
  void a_host_that_cannot_be_prepared_is_given_up_with_its_advice() {
    var fleet = fleet();
    var refused = new DriverError.Refused("This host has no Node: install Node 24.");
    fleet.preparations.add(new Preparation.Result.Failed(refused));
    fleet.server();

    var id = fleet.create("sleep 600");
    fleet.until(id, Phase.FAILED);

    assertThat(fleet.ready(id)).isEqualTo(refused.advice());
    assertThat(fleet.ground.starts(id)).isZero();
  }

  private static long generation(Fleet fleet, InstanceId id) {
    return switch (fleet.runtime.observe(id)) {
      case Running running -> running.generation();
      case Observation.Frozen(var running) -> running.generation();
      case Observation.Absent _, Stopped _, Observation.Exited _ -> 0;
    };
  }

  /** Nobody holds it, and it is due much later. */
  private static void untilAtRest(Fleet fleet, InstanceId id) {
    patiently()
        .until(() ->
            !fleet
                .sql
                .query(
                    "SELECT id FROM instance WHERE id = ? AND lease_owner IS NULL AND due_at > ?",
                    row -> row.getString(1),
                    id.value(),
                    System.currentTimeMillis() + 60_000)
                .isEmpty());
  }
}
