package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static io.rockpool.control.reconcile.Fleet.QUICK;
import static io.rockpool.control.reconcile.Fleet.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.event.Event;
import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.tck.Verb;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of instances as their owners start, stop and destroy them. */
class ReconcilerTest extends FleetFixture {
  private static final DriverError FULL =
      new DriverError.Full("memory", "No memory left on this host: stop an instance.");

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
  void a_restart_is_a_new_process() {
    var fleet = fleet();
    fleet.server();
    var id = fleet.running("sleep 600");

    fleet.instances.restart(ADA, id);

    patiently().until(() -> fleet.generation(id) == 2);
    fleet.until(id, Phase.RUNNING);
    assertThat(fleet.ground.starts(id)).isEqualTo(2);
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
}
