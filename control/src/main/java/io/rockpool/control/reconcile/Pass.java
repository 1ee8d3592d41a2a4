package io.rockpool.control.reconcile;

import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.InstanceStore.Lane;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.reconcile.Decision.Health;
import io.rockpool.control.reconcile.Decision.Step;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.LiveFiles;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One pass over one instance: look, decide, act, write down. */
final class Pass {
  private static final Logger log = LoggerFactory.getLogger(Pass.class);

  /** A wait this short is waited out; for a longer one the instance is given back. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  private static final int HANDED_TIMES = 3;

  private final InstanceStore store;
  private final Events events;
  private final Map<String, RuntimeDriver> drivers;
  private final Blueprints blueprints;
  private final PathProbe probe;
  private final Timing timing;
  private final InstantSource clock;
  private final RandomGenerator jitter;
  private final String owner;
  private final Bell bell;

  /** How often a gateway was given the files of this server since they last changed. */
  private final Map<InstanceId, Integer> handed = new ConcurrentHashMap<>();

  Pass(
      InstanceStore store,
      Events events,
      Map<String, RuntimeDriver> drivers,
      Blueprints blueprints,
      PathProbe probe,
      Timing timing,
      InstantSource clock,
      RandomGenerator jitter,
      String owner,
      Bell bell) {
    this.store = store;
    this.events = events;
    this.drivers = drivers;
    this.blueprints = blueprints;
    this.probe = probe;
    this.timing = timing;
    this.clock = clock;
    this.jitter = jitter;
    this.owner = owner;
    this.bell = bell;
  }

  /**
   * Works on an instance that is held, until it is as wanted or has to wait.
   *
   * @return when to look again at what is still held; empty when it was given back or lost
   */
  Optional<Instant> run(InstanceId id, Lane lane) {
    var health = Health.NOT_ASKED;
    while (!bell.isClosed()) {
      var held = store.held(owner, id, clock.instant());
      if (held.isEmpty()) {
        return Optional.empty();
      }
      var instance = held.get();
      var generation = instance.wanted().generation();
      var driver = drivers.get(instance.wanted().runtime());
      if (driver == null) {
        withoutRuntime(instance);
        store.release(owner, id, generation, clock.instant().plus(timing.restEvery()));
        return Optional.empty();
      }
      var seen = driver.observe(id);
      var now = clock.instant();
      var step = Decision.decide(instance.wanted(), instance.status(), seen, health, timing, now);
      switch (step) {
        case Step.Start _ -> {
          if (lane != Lane.STARTS) {
            // A start needs a place among the starts: hand it over.
            var why = lastWords(instance, seen);
            events.append(id, "Restarting", 0, why);
            note(instance, Phase.PROVISIONING, seen, "Restarting", why);
            store.release(owner, id, generation, now);
            return Optional.empty();
          }
          start(instance, driver, seen);
          health = Health.NOT_ASKED;
        }
        case Step.Probe _ -> health = probe.answers(id) ? Health.ANSWERS : Health.SILENT;
        case Step.Apply _ -> {
          if (!apply(instance, driver)) {
            tryLater(instance);
            return Optional.empty();
          }
        }
        case Step.Stop(var reason) -> {
          events.append(id, "Stopping", null, reason);
          if (instance.wanted().goal() == Goal.RUNNING) {
            note(instance, Phase.PROVISIONING, seen, "Restarting", reason);
          }
          if (!done(instance, driver.stop(id), seen)) {
            tryLater(instance);
            return Optional.empty();
          }
          health = Health.NOT_ASKED;
        }
        case Step.Destroy _ -> {
          events.append(id, "Destroying", null, "The instance and its state are being deleted.");
          if (!done(instance, driver.destroy(id), seen)) {
            tryLater(instance);
            return Optional.empty();
          }
        }
        case Step.Forget _ -> {
          store.remove(owner, id, now);
          handed.remove(id);
          log.atInfo().addKeyValue("instance", id).log("Destroyed an instance");
          return Optional.empty();
        }
        case Step.GiveUp(var why) -> fail(instance, seen, why);
        case Step.Wait(var until, var reason, var message) -> {
          await(instance, seen, health, reason, message);
          if (Duration.between(now, until).compareTo(SHORT) > 0) {
            store.release(owner, id, generation, until);
            return Optional.empty();
          }
          pause(Duration.between(clock.instant(), until));
          health = Health.NOT_ASKED;
        }
        case Step.Settled(var phase, var lookAgain) -> {
          if (phase == Phase.RUNNING) {
            handOver(instance, driver);
          }
          if (settle(instance, phase, seen)) {
            if (phase == Phase.RUNNING) {
              return Optional.of(lookAgain);
            }
            store.release(owner, id, generation, lookAgain);
            return Optional.empty();
          }
        }
      }
    }
    return Optional.empty();
  }

  private void start(Instance instance, RuntimeDriver driver, Observation seen) {
    var id = instance.id();
    var generation = instance.wanted().generation();
    switch (blueprints.of(instance)) {
      case Blueprints.Blueprint.Refused(var complaints) ->
          fail(instance, seen, complaints.getFirst().message());
      case Blueprints.Blueprint.Ready(var spec) -> {
        // Written before the start: a server that is killed here counts the try all the same.
        var trying = trying(instance, seen);
        if (!store.saveStatus(owner, id, generation, trying)) {
          return;
        }
        var attempt = instance.seen(trying);
        if (driver instanceof Preparation preparation && !prepared(attempt, preparation, seen)) {
          return;
        }
        events.append(id, "Starting", 40, "OpenClaw is being started.");
        switch (driver.start(spec)) {
          case Outcome.Done(var placed) -> {
            handed.put(id, HANDED_TIMES); // it reads them when it starts
            events.append(id, "Placed", 60, "The process runs; its gateway is starting.");
            store.saveStatus(
                owner,
                id,
                generation,
                Report.of(
                    trying,
                    Phase.PROVISIONING,
                    60,
                    generation,
                    trying.trial().placed(clock.instant()),
                    placed,
                    "Starting",
                    "Its gateway is starting.",
                    clock.instant()));
          }
          case Outcome.Failed(var error) -> failed(attempt, seen, error);
        }
      }
    }
  }

  private Status trying(Instance instance, Observation seen) {
    var now = clock.instant();
    var trial = Decision.trial(instance.wanted(), instance.status());
    var backOff = withJitter(timing.backOff(trial.attempts() + 1));
    return Report.of(
        instance.status(),
        Phase.PROVISIONING,
        10,
        instance.status().appliedGeneration(),
        trial.started(now, now.plus(backOff)),
        seen,
        "Starting",
        trial.attempts() == 0
            ? "It is being started."
            : "It is being started, try %d of %d."
                .formatted(trial.attempts() + 1, timing.attempts()),
        now);
  }

  /** Whether the host has what instances need; it is fetched when it is missing. */
  private boolean prepared(Instance instance, Preparation preparation, Observation seen) {
    try {
      var result =
          preparation.prepare(progress ->
              events.append(
                  instance.id(), "Preparing", 10 + progress.percent() * 30 / 100, progress.text()));
      return switch (result) {
        case Preparation.Result.Ready _ -> true;
        case Preparation.Result.Failed(var error) -> {
          failed(instance, seen, error);
          yield false;
        }
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void failed(Instance instance, Observation seen, DriverError error) {
    warn(instance, error);
    switch (error) {
      case DriverError.Refused(var advice) -> fail(instance, seen, advice);
      case DriverError.Full _, DriverError.Unknown _ -> {
        events.append(instance.id(), "StartFailed", null, error.advice());
        note(instance, Phase.PROVISIONING, seen, "StartFailed", error.advice());
      }
    }
  }

  /** Whether the gateway has its files. */
  private boolean apply(Instance instance, RuntimeDriver driver) {
    var applied = instance.wanted().generation();
    if (driver instanceof LiveFiles live
        && blueprints.of(instance) instanceof Blueprints.Blueprint.Ready(var spec)) {
      if (live.replaceFiles(instance.id(), spec.files()) instanceof Outcome.Failed(var error)) {
        warn(instance, error);
        events.append(instance.id(), "ConfigNotApplied", null, error.advice());
        return false;
      }
      handed.remove(instance.id());
      events.append(
          instance.id(), "ConfigApplied", null, "The gateway was handed its new configuration.");
    }
    var status = instance.status();
    store.saveStatus(
        owner,
        instance.id(),
        applied,
        new Status(
            status.phase(),
            status.since(),
            status.progress(),
            applied,
            status.conditions(),
            status.placement(),
            status.gateway(),
            status.trial()));
    return true;
  }

  /**
   * Gives an adopted instance the files as this server renders them: the server's own address, or
   * its model, may be another one than when the instance was started. And gives a gateway whose
   * files changed the same ones again: it watches them, and missed a change once (seen in a test).
   */
  private void handOver(Instance instance, RuntimeDriver driver) {
    var id = instance.id();
    int times = handed.getOrDefault(id, 0);
    if (times < HANDED_TIMES
        && driver instanceof LiveFiles live
        && blueprints.of(instance) instanceof Blueprints.Blueprint.Ready(var spec)) {
      switch (live.replaceFiles(id, spec.files())) {
        case Outcome.Done _ -> handed.put(id, times + 1);
        case Outcome.Failed(var error) -> warn(instance, error);
      }
    }
  }

  private boolean settle(Instance instance, Phase phase, Observation seen) {
    var now = clock.instant();
    var before = instance.status();
    var trial = Decision.trial(instance.wanted(), before);
    var status =
        switch (phase) {
          case RUNNING -> {
            var ready = trial.ready(now);
            var since = ready.readyAt();
            var proven = since != null && now.isAfter(since.plus(timing.provenAfter()));
            yield Report.of(
                before,
                Phase.RUNNING,
                100,
                before.appliedGeneration(),
                proven ? ready.forgiven() : ready,
                seen,
                "Answering",
                "It answers.",
                now);
          }
          case FAILED ->
              Report.of(
                  before,
                  Phase.FAILED,
                  before.progress(),
                  before.appliedGeneration(),
                  trial,
                  seen,
                  "GivenUp",
                  trial.failure() == null ? "It was given up." : trial.failure(),
                  now);
          case STOPPED, PROVISIONING, DOZING, ARCHIVED, DELETING ->
              Report.of(
                  before,
                  phase,
                  0,
                  0,
                  // Tries before the account stopped it say nothing about the next start.
                  Trial.of(trial.generation()),
                  seen,
                  "Stopped",
                  "The account stopped it. Its state is kept.",
                  now);
        };
    if (status.equals(before)) {
      return true;
    }
    // Said before it is written: a server that is killed in between says it again, and that is
    // dropped as a repetition; the other way round nobody would ever say it.
    if (phase != before.phase()) {
      switch (phase) {
        case RUNNING -> events.append(instance.id(), "Running", 100, "It answers.");
        case STOPPED ->
            events.append(instance.id(), "Stopped", null, "It has stopped. Its state is kept.");
        case FAILED, PROVISIONING, DOZING, ARCHIVED, DELETING -> {}
      }
    }
    if (!store.saveStatus(owner, instance.id(), instance.wanted().generation(), status)) {
      return false;
    }
    if (phase != before.phase()) {
      log.atInfo()
          .addKeyValue("instance", instance.id())
          .addKeyValue("phase", phase)
          .log("An instance changed its phase");
    }
    return true;
  }

  private void await(
      Instance instance, Observation seen, Health health, String reason, String message) {
    var now = clock.instant();
    var before = instance.status();
    var trial = Decision.trial(instance.wanted(), before);
    var status =
        Report.of(
            before,
            trial.readyAt() != null && seen instanceof Running ? Phase.RUNNING : Phase.PROVISIONING,
            before.progress(),
            before.appliedGeneration(),
            health == Health.SILENT ? trial.silent(now) : trial,
            seen,
            reason,
            message,
            now);
    if (!status.equals(before)) {
      if (!"Starting".equals(reason)) {
        events.append(instance.id(), reason, null, message);
      }
      store.saveStatus(owner, instance.id(), instance.wanted().generation(), status);
    }
  }

  /** Writes down what went wrong; there may be another try. */
  private void note(
      Instance instance, Phase phase, Observation seen, String reason, String message) {
    store.saveStatus(
        owner,
        instance.id(),
        instance.wanted().generation(),
        Report.of(
            instance.status(),
            phase,
            0,
            instance.status().appliedGeneration(),
            Decision.trial(instance.wanted(), instance.status()).failed(message),
            seen,
            reason,
            message,
            clock.instant()));
  }

  private void fail(Instance instance, Observation seen, String why) {
    events.append(instance.id(), "Failed", null, why);
    store.saveStatus(
        owner,
        instance.id(),
        instance.wanted().generation(),
        Report.of(
            instance.status(),
            Phase.FAILED,
            instance.status().progress(),
            instance.status().appliedGeneration(),
            Decision.trial(instance.wanted(), instance.status()).givenUp(why),
            seen,
            "GivenUp",
            why,
            clock.instant()));
  }

  private boolean done(Instance instance, Outcome outcome, Observation seen) {
    return switch (outcome) {
      case Outcome.Done _ -> true;
      case Outcome.Failed(var error) -> {
        warn(instance, error);
        events.append(instance.id(), "RuntimeFailed", null, error.advice());
        note(instance, instance.status().phase(), seen, "RuntimeFailed", error.advice());
        yield false;
      }
    };
  }

  /** Gives the instance back for now: waiting here would keep its place from the others. */
  private void tryLater(Instance instance) {
    store.release(
        owner,
        instance.id(),
        instance.wanted().generation(),
        clock.instant().plus(timing.firstBackOff()));
  }

  private void withoutRuntime(Instance instance) {
    var advice =
        "This server has no runtime '%s'. Start the server with that runtime"
            .formatted(instance.wanted().runtime());
    var seen = new Observation.Stopped();
    if (instance.wanted().goal() == Goal.GONE) {
      events.append(instance.id(), "NoRuntime", null, advice + ".");
      note(instance, Phase.DELETING, seen, "NoRuntime", advice + ".");
    } else {
      fail(instance, seen, advice + ", then start the instance again.");
    }
  }

  private static void warn(Instance instance, DriverError error) {
    log.atWarn()
        .addKeyValue("instance", instance.id())
        .addKeyValue("generation", instance.wanted().generation())
        .addKeyValue("error", error.getClass().getSimpleName())
        .log(error.advice());
  }

  private static String lastWords(Instance instance, Observation seen) {
    var lastError = Decision.trial(instance.wanted(), instance.status()).lastError();
    return switch (seen) {
      case Observation.Exited(_, var advice) -> advice;
      case Running _ -> "What is wanted needs a new process.";
      case Observation.Stopped _, Observation.Absent _ ->
          lastError == null ? "Its process is not there; it is started again." : lastError;
    };
  }

  /** Between half of it and all of it, so that many that failed together don't return together. */
  private Duration withJitter(Duration wait) {
    return wait.dividedBy(2).plus(Duration.ofMillis(jitter.nextLong(wait.toMillis() / 2 + 1)));
  }

  private void pause(Duration duration) {
    try {
      bell.pause(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends its process for the time that no server runs; what is wanted stays. */
  void stopForNow(RuntimeDriver driver, InstanceId id) {
    if (!(driver.observe(id) instanceof Running)
        || !store.take(owner, id, clock.instant(), timing.lease())) {
      return;
    }
    var outcome = driver.stop(id);
    store
        .held(owner, id, clock.instant())
        .ifPresent(instance -> {
          if (outcome instanceof Outcome.Done(var seen)
              && instance.wanted().goal() == Goal.RUNNING) {
            var message = "Rockpool was stopped; the instance starts again with it.";
            store.saveStatus(
                owner,
                id,
                instance.wanted().generation(),
                Report.of(
                    instance.status(),
                    Phase.PROVISIONING,
                    0,
                    instance.status().appliedGeneration(),
                    Decision.trial(instance.wanted(), instance.status()).forgiven(),
                    seen,
                    "ServerStopped",
                    message,
                    clock.instant()));
            events.append(id, "ServerStopped", null, message);
          }
          store.release(owner, id, instance.wanted().generation(), clock.instant());
        });
  }
}
