package io.rockpool.control.reconcile;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what a runtime has and the store does not know. After the grace period its process is
 * ended. Its state is deleted only with the proof that its account asked for that: a store restored
 * from an old backup must not cost anybody their assistant.
 */
final class OrphanSweep {
  private static final Logger log = LoggerFactory.getLogger(OrphanSweep.class);
  private static final Actor SWEEP = new Actor.Rockpool("orphan sweep");

  private final InstanceStore store;
  private final Map<String, RuntimeDriver> drivers;
  private final Duration grace;
  private final InstantSource clock;
  private final Bell bell;
  private final Map<InstanceId, Instant> seen = new HashMap<>();

  OrphanSweep(
      InstanceStore store,
      Map<String, RuntimeDriver> drivers,
      Duration grace,
      InstantSource clock,
      Bell bell) {
    this.store = store;
    this.drivers = drivers;
    this.grace = grace;
    this.clock = clock;
    this.bell = bell;
  }

  void run() {
    var every = grace.dividedBy(10);
    while (!bell.isClosed()) {
      try {
        bell.pause(every);
        if (!bell.isClosed()) {
          sweep();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        log.atWarn().setCause(e).log("The orphan sweep failed; it is tried again");
      }
    }
  }

  void sweep() {
    var now = clock.instant();
    var listed = new HashSet<InstanceId>();
    drivers.forEach((name, driver) -> {
      for (var id : driver.list()) {
        listed.add(id);
        if (store.find(SWEEP, id).isPresent()) {
          seen.remove(id);
        } else if (now.isAfter(seen.computeIfAbsent(id, _ -> now).plus(grace))) {
          end(name, driver, id);
        }
      }
    });
    seen.keySet().retainAll(listed);
  }

  private void end(String runtime, RuntimeDriver driver, InstanceId id) {
    if (store.wasDestroyed(id)) {
      log(
          runtime,
          id,
          driver.destroy(id),
          "Removed what was left of a destroyed instance",
          "Cannot remove what was left of a destroyed instance; it is tried again");
    } else if (driver.observe(id) instanceof Observation.Running
        || driver.observe(id) instanceof Observation.Frozen) {
      log(
          runtime,
          id,
          driver.stop(id),
          "Stopped an instance that the store does not know; its state is kept",
          "Cannot stop an instance that the store does not know; it is tried again");
    }
  }

  private static void log(
      String runtime, InstanceId id, Outcome outcome, String done, String failed) {
    switch (outcome) {
      case Outcome.Done _ ->
          log.atWarn().addKeyValue("instance", id).addKeyValue("runtime", runtime).log(done);
      case Outcome.Failed(var error) ->
          log.atWarn()
              .addKeyValue("instance", id)
              .addKeyValue("runtime", runtime)
              .addKeyValue("error", error.advice())
              .log(failed);
    }
  }
}
