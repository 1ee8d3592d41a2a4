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
import io.rockpool.runtime.tck.Verb;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How a new configuration reaches a gateway that runs. */
class HandedFilesTest extends FleetFixture {
  private static final DriverError UNKNOWN = new DriverError.Unknown("The runtime did not answer.");

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

    patiently().until(() -> fleet.generation(id) == 2);
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
}
