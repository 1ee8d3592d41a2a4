package io.rockpool.control.reconcile;

import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.reconcile.Decision.Health;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Running;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down what was seen and done: the status for the store, events for people. */
final class Journal {
  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private final Holder holder;
  private final Events events;
  private final Timing timing;

  private static final String FALLING_ASLEEP = "FallingAsleep";

  Journal(Holder holder, Events events, Timing timing) {
    this.holder = holder;
    this.events = events;
    this.timing = timing;
  }

  /** Tells people. */
  void say(InstanceId id, String kind, @Nullable Integer progress, String message) {
    events.append(id, kind, progress, message);
  }

  /** Its own events go with it: this is for those who hear of it elsewhere. */
  void sayDestroyed(Sql transaction, InstanceId id) {
    events.append(transaction, id, "Destroyed", "The instance and its state are gone.");
  }

  /**
   * It is as wanted.
   *
   * @param remark about one that answers; empty for none
   * @return whether that could be written; if not, look again
   */
  boolean settle(Instance instance, Phase phase, Observation seen, String remark) {
    var now = holder.now();
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
                instance.wanted().generation(),
                holder.owner(),
                proven ? ready.forgiven() : ready,
                seen,
                Report.ANSWERING,
                "It answers." + remark,
                now);
          }
          case FAILED ->
              Report.of(
                  before,
                  Phase.FAILED,
                  before.progress(),
                  before.appliedGeneration(),
                  before.appliedBy(),
                  trial,
                  seen,
                  "GivenUp",
                  trial.failure() == null ? "It was given up." : trial.failure(),
                  now);
          case DOZING ->
              Report.of(
                  before,
                  phase,
                  100,
                  before.appliedGeneration(),
                  before.appliedBy(),
                  trial,
                  seen,
                  instance.rest().reason(),
                  "It dozes. " + instance.rest().message() + " The next message wakes it.",
                  now);
          case STOPPED, PROVISIONING, ARCHIVED, DELETING ->
              Report.of(
                  before,
                  phase,
                  0,
                  0,
                  null,
                  // Tries before it was stopped say nothing about the next start.
                  Trial.of(trial.generation()),
                  seen,
                  instance.level() == Level.STOPPED ? instance.rest().reason() : "Stopped",
                  instance.level() == Level.STOPPED
                      ? "It sleeps, without a process. "
                          + instance.rest().message()
                          + " The next message starts it."
                      : "The account stopped it. Its state is kept.",
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
        case DOZING, FAILED, PROVISIONING, ARCHIVED, DELETING -> {}
      }
    } else if (phase == Phase.DOZING && isFallingAsleep(before)) {
      events.append(instance.id(), "Dozing", null, "It dozes. " + instance.rest().message());
    } else if (phase == Phase.RUNNING && before.appliedGeneration() < status.appliedGeneration()) {
      events.append(
          instance.id(), "ConfigApplied", null, "The gateway works by its new configuration.");
    }
    if (!holder.save(instance, status)) {
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

  /**
   * It is on its way, or in trouble that may pass.
   *
   * @return its phase: running if it was once ready and still has its process; but one that is on
   *     its way stays so until it is as wanted
   */
  Phase await(Instance instance, Observation seen, Health health, String reason, String message) {
    var now = holder.now();
    var before = instance.status();
    var trial = Decision.trial(instance.wanted(), before);
    var phase =
        switch (seen) {
          case Observation.Frozen _ -> before.phase();
          case Running _ when trial.readyAt() != null && before.phase() != Phase.PROVISIONING ->
              Phase.RUNNING;
          case Running _, Observation.Absent _, Observation.Exited _, Observation.Stopped _ ->
              Phase.PROVISIONING;
        };
    var status =
        Report.of(
            before,
            phase,
            before.progress(),
            before.appliedGeneration(),
            before.appliedBy(),
            health == Health.SILENT ? trial.silent(now) : trial,
            seen,
            reason,
            message,
            now);
    if (!status.equals(before)) {
      if (!"Starting".equals(reason)) {
        events.append(instance.id(), reason, null, message);
      }
      holder.save(instance, status);
    }
    return phase;
  }

  /** It is to be frozen or stopped: nobody shall pass to it from here on. */
  boolean fence(Instance instance, Observation seen) {
    return holder.save(
        instance,
        Report.of(
            instance.status(),
            Phase.DOZING,
            100,
            instance.status().appliedGeneration(),
            instance.status().appliedBy(),
            Decision.trial(instance.wanted(), instance.status()),
            seen,
            FALLING_ASLEEP,
            "It is falling asleep. The next message wakes it.",
            holder.now()));
  }

  /** Whether it is only on its way to where its phase says it is. */
  static boolean isFallingAsleep(Status status) {
    return status
        .condition(Report.READY)
        .filter(it -> it.reason().equals(FALLING_ASLEEP))
        .isPresent();
  }

  /** Its process is ended though nothing is wrong with it, and another one follows. */
  void interrupt(Instance instance, Observation seen, String reason, String message) {
    holder.save(
        instance,
        Report.of(
            instance.status(),
            Phase.PROVISIONING,
            0,
            instance.status().appliedGeneration(),
            instance.status().appliedBy(),
            Decision.trial(instance.wanted(), instance.status()).forgiven(),
            seen,
            reason,
            message,
            holder.now()));
  }

  /** Writes down what went wrong; there may be another try. */
  void note(Instance instance, Phase phase, Observation seen, String reason, String message) {
    holder.save(
        instance,
        Report.of(
            instance.status(),
            phase,
            0,
            instance.status().appliedGeneration(),
            instance.status().appliedBy(),
            Decision.trial(instance.wanted(), instance.status()).failed(message),
            seen,
            reason,
            message,
            holder.now()));
  }

  /** Gives it up. */
  void fail(Instance instance, Observation seen, String why) {
    events.append(instance.id(), "Failed", null, why);
    holder.save(
        instance,
        Report.of(
            instance.status(),
            Phase.FAILED,
            instance.status().progress(),
            instance.status().appliedGeneration(),
            instance.status().appliedBy(),
            Decision.trial(instance.wanted(), instance.status()).givenUp(why),
            seen,
            "GivenUp",
            why,
            holder.now()));
  }

  static void warn(Instance instance, DriverError error) {
    log.atWarn()
        .addKeyValue("instance", instance.id())
        .addKeyValue("generation", instance.wanted().generation())
        .addKeyValue("error", error.getClass().getSimpleName())
        .log(error.advice());
  }
}
