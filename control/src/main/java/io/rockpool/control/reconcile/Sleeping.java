package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Puts instances to sleep and wakes them. */
final class Sleeping {
  /** After a gateway that does not answer, or a host that cannot: no hurry. */
  private static final Duration LATER = Duration.ofMinutes(5);

  /**
   * One is frozen while another is asked. More would take the places of those who are woken, and
   * wait: memory is given back one by one.
   */
  private static final int AT_ONCE = 2;

  private final Holder holder;
  private final Journal journal;
  private final SleepProbe probe;
  private final Set<InstanceId> falling = new HashSet<>();

  Sleeping(Holder holder, Journal journal, SleepProbe probe) {
    this.holder = holder;
    this.journal = journal;
    this.probe = probe;
  }

  /** Changes how deep it shall sleep. */
  void change(Instance instance, Ladder.Move.Go move) {
    holder.rest(
        instance,
        it ->
            move.level() == Level.AWAKE
                ? it.awake(move.reason(), move.message(), holder.now())
                : it.resting(
                    it.rest().down(move.level(), move.reason(), move.message(), holder.now())));
  }

  /** Whether it may fall asleep now, and not later; {@link #leave} gives its place back. */
  boolean enter(InstanceId id) {
    synchronized (falling) {
      return falling.contains(id) || (falling.size() < AT_ONCE && falling.add(id));
    }
  }

  void leave(InstanceId id) {
    synchronized (falling) {
      falling.remove(id);
    }
  }

  /**
   * Asks its gateway to pause; whether it did, and there is time to sleep.
   *
   * @param patient whether one that is busy shall be asked again in a moment: nothing is changed
   *     then
   */
  boolean pause(Instance instance, Running running, boolean patient) {
    return switch (probe.pause(instance.id(), running.gateway())) {
      case SleepProbe.Answer.Ready(var nextRun) -> {
        if (!Ladder.isWorthWhile(lead(instance), nextRun, holder.now())) {
          probe.resume(instance.id(), running.gateway());
          postpone(
              instance,
              "JobDue",
              "A job of its own is due at %s.".formatted(nextRun),
              Ladder.SHORTEST);
          yield false;
        }
        holder.rest(instance, it -> it.resting(it.rest().until(nextRun)));
        yield true;
      }
      case SleepProbe.Answer.Busy(var why, var retryAfter) -> {
        if (!patient) {
          postpone(instance, "Busy", why, retryAfter);
        }
        yield false;
      }
      case SleepProbe.Answer.Silent _ -> {
        probe.resume(instance.id(), running.gateway()); // it may have heard us all the same
        postpone(
            instance, "Unanswered", "Its gateway does not say whether it may be frozen.", LATER);
        yield false;
      }
    };
  }

  private static Duration lead(Instance instance) {
    var lead = Ladder.Lead.of(instance.id());
    return instance.level() == Level.DOZING ? lead.thaw() : lead.start();
  }

  private void postpone(Instance instance, String reason, String message, Duration pause) {
    holder.rest(
        instance, it -> it.resting(it.rest().postponed(reason, message, holder.now(), pause)));
  }

  /** Freezes it; when that cannot be, it stays awake for now. */
  void doze(Instance instance, RuntimeDriver driver) {
    var outcome =
        driver instanceof Dozing dozing
            ? dozing.doze(instance.id())
            : Outcome.failed(
                new DriverError.Refused("The runtime of this instance cannot freeze it."));
    if (outcome instanceof Outcome.Failed(var error)) {
      Journal.warn(instance, error);
      postpone(instance, "CannotDoze", error.advice(), LATER);
    }
  }

  /** Lets it go on. */
  Outcome wake(Instance instance, RuntimeDriver driver, Frozen frozen) {
    journal.say(instance.id(), "Waking", null, "It wakes. " + instance.rest().message());
    var outcome =
        driver instanceof Dozing dozing
            ? dozing.wake(instance.id())
            : driver.stop(instance.id()); // its runtime forgot how: start it anew
    if (outcome instanceof Outcome.Done(Observation.Running _)) {
      probe.resume(instance.id(), frozen.awake().gateway());
    }
    return outcome;
  }

  /** Its gateway shall work, whatever it was asked before. */
  void resume(Instance instance, Observation seen) {
    if (seen instanceof Running running) {
      probe.resume(instance.id(), running.gateway());
    }
  }
}
