package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.reconcile.Decision.Health;
import io.rockpool.control.reconcile.Decision.Look;
import io.rockpool.control.reconcile.Decision.Rules;
import io.rockpool.control.reconcile.Decision.Step;
import io.rockpool.control.reconcile.MemoryBudget.Need;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pass over one instance: look, decide, act, write down; step by step until it rests. */
final class Pass {
  private static final Logger log = LoggerFactory.getLogger(Pass.class);

  /** A wait this short is waited out; for a longer one the instance is given back. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  /** So often, a fence apart, is a gateway asked to pause when its owner wants it to sleep. */
  private static final int ASKED_AT_MOST = 15;

  private final Holder holder;
  private final Journal journal;
  private final Starting starting;
  private final Handover handover;
  private final Sleeping sleeping;
  private final MemoryBudget budget;
  private final Plans plans;
  private final Predicate<InstanceId> sockets;
  private final Map<String, RuntimeDriver> drivers;
  private final PathProbe probe;
  private final LastLook lastLook;
  private final Timing timing;
  private final Bell bell;

  Pass(
      Holder holder,
      Journal journal,
      Starting starting,
      Handover handover,
      Sleeping sleeping,
      MemoryBudget budget,
      Plans plans,
      Predicate<InstanceId> sockets,
      Map<String, RuntimeDriver> drivers,
      PathProbe probe,
      LastLook lastLook,
      Timing timing,
      Bell bell) {
    this.holder = holder;
    this.journal = journal;
    this.starting = starting;
    this.handover = handover;
    this.sleeping = sleeping;
    this.budget = budget;
    this.plans = plans;
    this.sockets = sockets;
    this.drivers = drivers;
    this.probe = probe;
    this.lastLook = lastLook;
    this.timing = timing;
    this.bell = bell;
  }

  /**
   * Works on an instance that is held, until it is as wanted or has to wait.
   *
   * @return when to look again at what is still held; empty when it was given back or lost
   */
  Optional<Instant> run(InstanceId id, Lane lane) {
    try {
      return walk(id, lane);
    } finally {
      sleeping.leave(id);
    }
  }

  private Optional<Instant> walk(InstanceId id, Lane lane) {
    var health = Health.NOT_ASKED;
    boolean paused = false;
    int asked = 0;
    handover.look(id);
    while (!bell.isClosed()) {
      var held = holder.held(id);
      if (held.isEmpty()) {
        return Optional.empty();
      }
      var instance = held.get();
      var driver = drivers.get(instance.wanted().runtime());
      if (driver == null) {
        withoutRuntime(instance);
        holder.release(instance, holder.now().plus(timing.restEvery()));
        return Optional.empty();
      }
      var seen = driver.observe(id);
      var now = holder.now();
      var look = new Look(seen, health, handover.of(instance, driver, now), paused);
      var rules = rules(instance, driver);
      var step = Decision.decide(instance, look, rules, now);
      switch (step) {
        case Step.Start _ -> {
          if (lane != Lane.STARTS) {
            // A start needs a place among the starts: hand it over.
            var why = lastWords(instance, seen);
            journal.say(id, "Restarting", 0, why);
            journal.note(instance, Phase.PROVISIONING, seen, "Restarting", why);
            holder.release(instance, now);
            return Optional.empty();
          }
          if (!budget.admits(id, driver, Need.START)) {
            waitForMemory(instance, seen);
            return Optional.empty();
          }
          starting.start(instance, driver, seen);
          health = Health.NOT_ASKED;
        }
        case Step.Probe _ -> {
          if (paused) {
            sleeping.resume(instance, seen); // somebody needs it after all
            paused = false;
          }
          health = answers(instance, seen) ? Health.ANSWERS : Health.SILENT;
        }
        case Step.Fence _ -> {
          if (!sleeping.enter(id)) {
            tryLater(instance);
            return Optional.empty();
          }
          if (journal.fence(instance, seen)) {
            pause(timing.fence());
          }
        }
        case Step.Pause _ -> {
          // Its owner was told that it will: what is left of a turn may take some seconds.
          boolean patient = instance.rest().reason().equals(Rest.ASKED) && ++asked < ASKED_AT_MOST;
          paused = seen instanceof Running running && sleeping.pause(instance, running, patient);
          health = Health.NOT_ASKED;
          if (!paused && patient) {
            pause(timing.fence());
          }
        }
        case Step.Doze _ -> {
          sleeping.doze(instance, driver);
          paused = true;
          health = Health.NOT_ASKED;
        }
        case Step.Wake _ -> {
          if (!budget.admits(id, driver, Need.WAKE)) {
            waitForMemory(instance, seen);
            return Optional.empty();
          }
          if (seen instanceof Frozen frozen
              && !done(instance, sleeping.wake(instance, driver, frozen), seen)) {
            tryLater(instance);
            return Optional.empty();
          }
          paused = false;
          health = Health.NOT_ASKED;
        }
        case Step.Sleep(var move) -> sleeping.change(instance, move);
        case Step.Apply _ -> {
          if (!handover.hand(instance, driver, now)) {
            tryLater(instance);
            return Optional.empty();
          }
        }
        case Step.Ask _ -> {
          if (seen instanceof Running running) {
            handover.ask(instance, running);
          }
        }
        case Step.Replace(var reason) -> {
          journal.say(id, "Stopping", null, reason);
          journal.interrupt(instance, seen, "Restarting", reason);
          if (!done(instance, driver.stop(id), seen)) {
            tryLater(instance);
            return Optional.empty();
          }
          health = Health.NOT_ASKED;
        }
        case Step.Stop(var reason) -> {
          journal.say(id, "Stopping", null, reason);
          if (instance.wanted().goal() == Goal.RUNNING && instance.level() == Level.AWAKE) {
            journal.note(instance, Phase.PROVISIONING, seen, "Restarting", reason);
          }
          if (!done(instance, driver.stop(id), seen)) {
            tryLater(instance);
            return Optional.empty();
          }
          health = Health.NOT_ASKED;
        }
        case Step.Destroy _ -> {
          journal.say(id, "Destroying", null, "The instance and its state are being deleted.");
          lastLook.at(instance);
          if (!done(instance, driver.destroy(id), seen)) {
            tryLater(instance);
            return Optional.empty();
          }
        }
        case Step.Forget _ -> {
          holder.remove(id, it -> journal.sayDestroyed(it, id));
          log.atInfo().addKeyValue("instance", id).log("Destroyed an instance");
          return Optional.empty();
        }
        case Step.GiveUp(var why) -> journal.fail(instance, seen, why);
        case Step.Wait(var until, var reason, var message) -> {
          if (journal.await(instance, seen, health, reason, message) == Phase.RUNNING) {
            return Optional.of(until);
          }
          if (Duration.between(now, until).compareTo(SHORT) > 0) {
            holder.release(instance, until);
            return Optional.empty();
          }
          pause(Duration.between(holder.now(), until));
          health = Health.NOT_ASKED;
          handover.look(id);
        }
        case Step.Settled(var phase, var lookAgain) -> {
          if (journal.settle(instance, phase, seen, rules.remark())) {
            if (phase == Phase.RUNNING) {
              budget.taken(id);
              return Optional.of(lookAgain);
            }
            holder.release(instance, lookAgain);
            return Optional.empty();
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Whether it answers. One that a killed server asked to pause is told to go on. */
  private boolean answers(Instance instance, Observation seen) {
    if (probe.answers(instance.id())) {
      return true;
    }
    if (Decision.trial(instance.wanted(), instance.status()).readyAt() == null) {
      return false; // it is just starting
    }
    sleeping.resume(instance, seen);
    return probe.answers(instance.id());
  }

  private Rules rules(Instance instance, RuntimeDriver driver) {
    var policy = plans.named(instance.wanted().plan()).map(Plan::sleep).orElse(SleepPolicy.DEFAULT);
    return new Rules(timing, policy, sockets.test(instance.id()), driver instanceof Dozing);
  }

  /** It is not held any more: another server may do what it likes with it. */
  void forget(InstanceId id) {
    handover.forget(id);
  }

  private boolean done(Instance instance, Outcome outcome, Observation seen) {
    return switch (outcome) {
      case Outcome.Done _ -> true;
      case Outcome.Failed(var error) -> {
        Journal.warn(instance, error);
        journal.say(instance.id(), "RuntimeFailed", null, error.advice());
        journal.note(instance, instance.status().phase(), seen, "RuntimeFailed", error.advice());
        yield false;
      }
    };
  }

  /** It is queued: others are put to sleep, or nobody can be. */
  private void waitForMemory(Instance instance, Observation seen) {
    journal.await(
        instance,
        seen,
        Health.NOT_ASKED,
        "WaitingForMemory",
        "Its host has no memory left for it. It waits until others sleep; add memory or swap, or have fewer instances.");
    tryLater(instance);
  }

  /** Gives the instance back for now: waiting here would keep its place from the others. */
  private void tryLater(Instance instance) {
    holder.release(instance, holder.now().plus(timing.firstBackOff()));
  }

  private void withoutRuntime(Instance instance) {
    var advice =
        "This server has no runtime '%s'. Start the server with that runtime"
            .formatted(instance.wanted().runtime());
    var seen = new Observation.Stopped();
    if (instance.wanted().goal() == Goal.GONE) {
      journal.say(instance.id(), "NoRuntime", null, advice + ".");
      journal.note(instance, Phase.DELETING, seen, "NoRuntime", advice + ".");
    } else {
      journal.fail(instance, seen, advice + ", then start the instance again.");
    }
  }

  private static String lastWords(Instance instance, Observation seen) {
    var lastError = Decision.trial(instance.wanted(), instance.status()).lastError();
    return switch (seen) {
      case Observation.Exited(_, var advice) -> advice;
      case Running _, Observation.Frozen _ -> "What is wanted needs a new process.";
      case Observation.Stopped _, Observation.Absent _ ->
          lastError == null ? "Its process is not there; it is started again." : lastError;
    };
  }

  private void pause(Duration duration) {
    try {
      bell.pause(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
