package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static io.rockpool.control.reconcile.Fleet.patiently;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.instance.Phase;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.Verb;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many instances, and several servers that share them. */
class ReplicasTest extends FleetFixture {
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
    ids.forEach(id -> patiently().until(() -> fleet.generation(id) == 2));
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
}
