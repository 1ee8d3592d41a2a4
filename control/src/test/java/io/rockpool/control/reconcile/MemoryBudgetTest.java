package io.rockpool.control.reconcile;

import static io.rockpool.control.reconcile.Fleet.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.InstanceId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryBudgetTest {
  private static final long GIB = 1L << 30;
  private static final HostMemory FULL = new HostMemory(24 * GIB, GIB, 16 * GIB, 16 * GIB);
  private static final HostMemory ROOMY = new HostMemory(24 * GIB, 20 * GIB, 16 * GIB, 16 * GIB);

  @TempDir Path home;
  private Fleet fleet;

  @BeforeEach
  void open() {
    fleet = new Fleet(home, Fleet.QUICK);
    fleet.plans = Fleet.plans(SleepPolicy.DEFAULT);
    fleet.ground.showMemory(ROOMY);
  }

  @AfterEach
  void close() {
    fleet.close();
  }

  @ParameterizedTest(name = "{0} MiB of {1} GiB free, {2} MiB needed: {3} MiB missing")
  @CsvSource({
    "2000, 8, 1000, -488", // half a gibibyte stays free at least
    "2000, 8, 1488, 0",
    "2000, 8, 2000, 512",
    "4000, 24, 0, -2772", // a twentieth
    "4000, 64, 1000, -952", // two gibibytes at most
  })
  void a_reserve_stays_free(long available, long total, long needed, long missing) {
    var memory = new HostMemory(total * GIB, available << 20, 0, 0);

    assertThat(MemoryBudget.missing(memory, needed << 20) >> 20).isEqualTo(missing);
  }

  @ParameterizedTest(name = "{1} of {0} MiB free: short {2}")
  @CsvSource({
    "0, 0, false", // there is none: nothing that dozes is in it
    "16384, 16384, false",
    "16384, 820, false",
    "16384, 819, true",
    "2048, 512, false",
    "2048, 511, true",
  })
  void swap_runs_short(long swap, long free, boolean isShort) {
    var memory = new HostMemory(24 * GIB, GIB, swap << 20, free << 20);

    assertThat(MemoryBudget.isSwapShort(memory)).isEqualTo(isShort);
  }

  @Test
  void who_holds_a_live_connection_is_not_put_to_sleep_to_make_room() {
    fleet.server();
    var held = fleet.running("sleep 600");
    var free = fleet.running("sleep 600");
    fleet.sockets.add(held);
    idleFor(held, Duration.ofSeconds(90));
    idleFor(free, Duration.ofSeconds(60));
    fleet.ground.showMemory(new HostMemory(24 * GIB, 2 * GIB, 16 * GIB, 16 * GIB));

    fleet.create("sleep 600");

    fleet.until(free, Phase.DOZING);
    assertThat(fleet.get(held).level()).isEqualTo(Level.AWAKE);
  }

  @Test
  void who_was_idle_longest_makes_room_for_who_is_started() {
    fleet.server();
    var first = fleet.running("sleep 600");
    var second = fleet.running("sleep 600");
    idleFor(first, Duration.ofSeconds(60));
    idleFor(second, Duration.ofSeconds(90));
    // 1.2 GiB are reserved, 1.1 needed: one has to go.
    fleet.ground.showMemory(new HostMemory(24 * GIB, 2 * GIB, 16 * GIB, 16 * GIB));

    var third = fleet.create("sleep 600");

    dozes(second);
    assertThat(fleet.get(second).rest().reason()).isEqualTo("MemoryShort");
    assertThat(fleet.get(first).level()).isEqualTo(Level.AWAKE);
    fleet.ground.showMemory(ROOMY);
    fleet.until(third, Phase.RUNNING);
  }

  @Test
  void who_finds_no_room_waits_and_says_so() {
    fleet.ground.showMemory(FULL);
    fleet.server();

    var id = fleet.create("sleep 600");

    Fleet.patiently()
        .until(() ->
            fleet
                .get(id)
                .status()
                .condition("Ready")
                .filter(it -> it.reason().equals("WaitingForMemory"))
                .isPresent());
    assertThat(fleet.ground.starts(id)).isZero();
    fleet.ground.showMemory(ROOMY);
    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void a_sleeper_that_finds_no_room_goes_on_sleeping_until_there_is_some() {
    fleet.server();
    var id = fleet.running("sleep 600");
    sleep(id);
    dozes(id);
    fleet.ground.showMemory(FULL);

    fleet.instances.start(ADA, id);

    Fleet.patiently().until(() -> fleet.ready(id).startsWith("Its host has no memory left"));
    assertThat(fleet.get(id).status().phase()).isEqualTo(Phase.DOZING);
    fleet.ground.showMemory(ROOMY);
    fleet.until(id, Phase.RUNNING);
  }

  @Test
  void without_swap_room_is_made_by_stopping() {
    fleet.server();
    var id = fleet.running("sleep 600");
    idleFor(id, Duration.ofSeconds(60));

    fleet.ground.showMemory(new HostMemory(24 * GIB, GIB, 0, 0));

    fleet.until(id, Phase.STOPPED);
    assertThat(fleet.get(id).wakes()).isTrue();
  }

  @Test
  void when_swap_runs_short_who_dozes_longest_is_stopped() {
    fleet.server();
    var first = fleet.running("sleep 600");
    var second = fleet.running("sleep 600");
    idleFor(second, Duration.ofSeconds(60));
    sleep(first);
    dozes(first);
    sleep(second);
    dozes(second);

    fleet.ground.showMemory(new HostMemory(24 * GIB, 20 * GIB, 16 * GIB, GIB / 4));

    fleet.until(second, Phase.STOPPED);
    assertThat(fleet.get(second).rest().reason()).isEqualTo("SwapShort");
  }

  private void sleep(InstanceId id) {
    fleet.store.change(
        ADA,
        id,
        it -> it.resting(it.rest().down(Level.DOZING, "Asked", "Asked for.", Instant.now())));
    fleet.look();
  }

  private void dozes(InstanceId id) {
    Fleet.patiently()
        .until(() -> {
          var status = fleet.get(id).status();
          return status.phase() == Phase.DOZING && !Journal.isFallingAsleep(status);
        });
  }

  /** As if nobody had needed it for so long. */
  private void idleFor(InstanceId id, Duration time) {
    fleet.sql.update(
        "UPDATE instance SET active_at = ? WHERE id = ?",
        Instant.now().minus(time).toEpochMilli(),
        id.value());
    fleet.store.change(
        ADA, id, it -> it.resting(it.rest().postponed("Busy", "", Instant.EPOCH, Duration.ZERO)));
  }
}
