package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Blueprints;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Status;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Outcome;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeDriver;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** One try to make an instance run. */
final class Starting {
  private final Holder holder;
  private final Journal journal;
  private final Blueprints blueprints;
  private final Handover handover;
  private final Timing timing;
  private final RandomGenerator jitter;

  Starting(
      Holder holder,
      Journal journal,
      Blueprints blueprints,
      Handover handover,
      Timing timing,
      RandomGenerator jitter) {
    this.holder = holder;
    this.journal = journal;
    this.blueprints = blueprints;
    this.handover = handover;
    this.timing = timing;
    this.jitter = jitter;
  }

  /** Places a process, or writes down why not. */
  void start(Instance instance, RuntimeDriver driver, Observation seen) {
    var id = instance.id();
    switch (blueprints.of(instance)) {
      case Blueprints.Blueprint.Refused(var complaints) ->
          journal.fail(instance, seen, complaints.getFirst().message());
      case Blueprints.Blueprint.Ready(var spec) -> {
        // Written before the start: a server that is killed here counts the try all the same.
        var trying = trying(instance, seen);
        if (!holder.save(instance, trying)) {
          return;
        }
        var attempt = instance.seen(trying);
        if (driver instanceof Preparation preparation && !prepared(attempt, preparation, seen)) {
          return;
        }
        journal.say(id, "Starting", 40, "OpenClaw is being started.");
        switch (driver.start(spec)) {
          case Outcome.Done(var placed) -> {
            handover.started(instance, holder.now());
            journal.say(id, "Placed", 60, "The process runs; its gateway is starting.");
            holder.save(
                instance,
                Report.of(
                    trying,
                    Phase.PROVISIONING,
                    60,
                    instance.wanted().generation(),
                    holder.owner(),
                    trying.trial().placed(holder.now()),
                    placed,
                    "Starting",
                    "Its gateway is starting.",
                    holder.now()));
          }
          case Outcome.Failed(var error) -> failed(attempt, seen, error);
        }
      }
    }
  }

  private Status trying(Instance instance, Observation seen) {
    var now = holder.now();
    var trial = Decision.trial(instance.wanted(), instance.status());
    var backOff = withJitter(timing.backOff(trial.attempts() + 1));
    return Report.of(
        instance.status(),
        Phase.PROVISIONING,
        10,
        instance.status().appliedGeneration(),
        instance.status().appliedBy(),
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
              journal.say(
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
    Journal.warn(instance, error);
    switch (error) {
      case DriverError.Refused(var advice) -> journal.fail(instance, seen, advice);
      case DriverError.Full _, DriverError.Unknown _ -> {
        journal.say(instance.id(), "StartFailed", null, error.advice());
        journal.note(instance, Phase.PROVISIONING, seen, "StartFailed", error.advice());
      }
    }
  }

  /** Between half of it and all of it, so that many that failed together don't return together. */
  private Duration withJitter(Duration wait) {
    return wait.dividedBy(2).plus(Duration.ofMillis(jitter.nextLong(wait.toMillis() / 2 + 1)));
  }
}
