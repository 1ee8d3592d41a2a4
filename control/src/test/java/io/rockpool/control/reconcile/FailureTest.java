package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static io.rockpool.control.reconcile.Fleet.QUICK;
import static io.rockpool.control.reconcile.Fleet.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.event.Event;
import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.tck.Verb;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is tried again when instances fail, and what is given up with which advice. */
class FailureTest extends FleetFixture {
  private static final DriverError FULL =
      new DriverError.Full("memory", "No memory left on this host: stop an instance.");

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
