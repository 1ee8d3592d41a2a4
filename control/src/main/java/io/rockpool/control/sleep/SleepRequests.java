package io.rockpool.control.sleep;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.reconcile.SleepProbe;
import io.rockpool.runtime.InstanceId;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.Predicate;

/** Owners who put their instances to sleep by hand. */
public final class SleepRequests {
  private static final Duration SOON = Duration.ofSeconds(5);

  /** How a wish was taken. */
  public sealed interface Taken {
    record Accepted(Instance instance) implements Taken {}

    /** There is none, or not for this actor. */
    record Unknown() implements Taken {}

    /** It does not run, and not because it sleeps. */
    record Down(Instance instance) implements Taken {}

    /**
     * It works.
     *
     * @param why in a sentence for a person
     */
    record Busy(String why, Duration retryAfter) implements Taken {}

    /** Its runtime cannot freeze instances. */
    record CannotDoze(Instance instance) implements Taken {}
  }

  private final InstanceStore store;
  private final SleepProbe probe;
  private final Predicate<String> canDoze;
  private final Runnable changed;
  private final InstantSource clock;

  /**
   * @param canDoze whether a runtime, by its name, can freeze instances
   * @param changed called after each change, so that somebody looks soon
   */
  public SleepRequests(
      InstanceStore store,
      SleepProbe probe,
      Predicate<String> canDoze,
      Runnable changed,
      InstantSource clock) {
    this.store = store;
    this.probe = probe;
    this.canDoze = canDoze;
    this.changed = changed;
    this.clock = clock;
  }

  /**
   * Wants it to sleep until it is needed. One that sleeps as deep already is left alone.
   *
   * @param level dozing or stopped
   */
  public Taken sleep(Actor actor, InstanceId id, Level level) {
    var found = store.find(actor, id);
    if (found.isEmpty() || found.get().wanted().goal() == Goal.GONE) {
      return new Taken.Unknown();
    }
    var instance = found.get();
    if (!instance.wakes()) {
      return new Taken.Down(instance);
    }
    if (level == Level.DOZING && !canDoze.test(instance.wanted().runtime())) {
      return new Taken.CannotDoze(instance);
    }
    if (instance.level().compareTo(level) >= 0) {
      return new Taken.Accepted(instance);
    }
    if (instance.level() == Level.AWAKE) {
      var gateway = instance.status().gateway();
      if (instance.status().phase() != Phase.RUNNING || gateway == null) {
        return new Taken.Busy("It is being started.", SOON);
      }
      if (asked(id, gateway) instanceof Taken.Busy busy) {
        return busy;
      }
    }
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var resting =
        store.change(
            actor,
            id,
            it ->
                it.level().compareTo(level) >= 0
                    ? it
                    : it.resting(
                        it.rest().down(level, Rest.ASKED, "Its owner asked for it.", now)));
    changed.run();
    return resting.<Taken>map(Taken.Accepted::new).orElseGet(Taken.Unknown::new);
  }

  /** Asks only: who is on the way to it must not meet a paused gateway before the fence is up. */
  private Taken asked(InstanceId id, URI gateway) {
    return switch (probe.pause(id, gateway)) {
      case SleepProbe.Answer.Busy(var why, var retryAfter) -> new Taken.Busy(why, retryAfter);
      case SleepProbe.Answer.Silent _ ->
          new Taken.Busy("Its gateway does not say whether it is busy.", SOON);
      case SleepProbe.Answer.Ready _ -> {
        probe.resume(id, gateway);
        yield new Taken.Unknown();
      }
    };
  }
}
