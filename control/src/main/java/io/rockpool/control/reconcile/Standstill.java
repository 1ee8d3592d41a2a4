package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Level;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.RuntimeDriver;

/** Ends instances' processes for the time that no server runs. */
final class Standstill {
  private final Holder holder;
  private final Journal journal;
  private final Timing timing;

  Standstill(Holder holder, Journal journal, Timing timing) {
    this.holder = holder;
    this.journal = journal;
    this.timing = timing;
  }

  /** Ends its process; what is wanted stays. */
  void stop(RuntimeDriver driver, InstanceId id) {
    var lives =
        switch (driver.observe(id)) {
          case Running _, Frozen _ -> true;
          case Absent _, Exited _, Stopped _ -> false;
        };
    if (!lives || !holder.take(id, timing.lease())) {
      return;
    }
    var outcome = driver.stop(id);
    holder
        .held(id)
        .ifPresent(instance -> {
          if (outcome instanceof Outcome.Done(var seen)
              && instance.wanted().goal() == Goal.RUNNING
              && instance.level() == Level.AWAKE) {
            var message = "Rockpool was stopped; the instance starts again with it.";
            journal.interrupt(instance, seen, "ServerStopped", message);
            journal.say(id, "ServerStopped", null, message);
          }
          holder.release(instance, holder.now());
        });
  }
}
