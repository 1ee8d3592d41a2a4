package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Status;
import io.rockpool.control.instance.Trial;
import io.rockpool.control.instance.Wanted;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Observation.Absent;
import io.rockpool.runtime.Observation.Exited;
import io.rockpool.runtime.Observation.Frozen;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.Observation.Stopped;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What an instance needs next. Pure: the same arguments always give the same step. */
final class Decision {
  /**
   * The exit status by which a gateway says that its configuration cannot work (EX_CONFIG of
   * sysexits.h; OpenClaw's gateway/embedding page: do not restart in a loop).
   */
  static final int BAD_CONFIG = 78;

  /** What the instance's own path said in this pass. */
  enum Health {
    NOT_ASKED,
    ANSWERS,
    SILENT
  }

  /** What this server knows of the files of a running gateway. */
  sealed interface Files {
    /** They are to be handed over: for the first time, or again. */
    record Due() implements Files {}

    /**
     * They were handed over.
     *
     * @param asked whether the gateway was asked in this pass: then it said that it works by others
     */
    record Handed(Instant since, boolean asked) implements Files {}

    /** It works by them, as far as anybody can tell. */
    record Taken() implements Files {}

    /** Its runtime hands files over at a start only. */
    record Fixed() implements Files {}
  }

  sealed interface Step {
    /** Place a process of the wanted process generation. */
    record Start() implements Step {}

    /** Ask the instance's own path. */
    record Probe() implements Step {}

    /** Hand the running gateway the files of the wanted generation. */
    record Apply() implements Step {}

    /** Ask the gateway whether it works by the files it was handed. */
    record Ask() implements Step {}

    /** End a process that did nothing wrong, for a new one. */
    record Replace(String reason) implements Step {}

    /** End the process and keep the state. */
    record Stop(String reason) implements Step {}

    /** End the process and delete the state. */
    record Destroy() implements Step {}

    /** Let nobody pass to it any more, and wait until that is known everywhere. */
    record Fence() implements Step {}

    /** Ask the gateway to do nothing new. */
    record Pause() implements Step {}

    /** Freeze it, and give its memory back. */
    record Doze() implements Step {}

    /** Let its processes go on, and its gateway too. */
    record Wake() implements Step {}

    /** Change how deep it shall sleep. */
    record Sleep(Ladder.Move.Go move) implements Step {}

    /** Nothing is left of it: remove it from the store. */
    record Forget() implements Step {}

    /** Not there yet; look again then. */
    record Wait(Instant until, String reason, String message) implements Step {}

    /** No further try. */
    record GiveUp(String why) implements Step {}

    /** As wanted. */
    record Settled(Phase phase, Instant lookAgain) implements Step {}
  }

  /**
   * What a pass knows of an instance beside what the store says.
   *
   * @param paused whether in this pass it was asked to do nothing new, or frozen
   */
  record Look(Observation seen, Health health, Files files, boolean paused) {}

  /**
   * What holds for an instance.
   *
   * @param hasSocket whether it has a live connection to a chat platform
   * @param canDoze whether its runtime can freeze instances
   */
  record Rules(Timing timing, SleepPolicy sleep, boolean hasSocket, boolean canDoze) {
    /** Beside that it answers. */
    String remark() {
      return hasSocket && !sleep.never() && sleep.keepsAwake(true) ? " " + Ladder.KEPT_AWAKE : "";
    }
  }

  private static String whyStopped(Instance instance) {
    var hold = instance.term().hold();
    return hold == null ? "The account asked for it." : hold.message();
  }

  static Step decide(Instance instance, Look look, Rules rules, Instant now) {
    var wanted = instance.wanted();
    var status = instance.status();
    var seen = look.seen();
    var timing = rules.timing();
    return switch (wanted.goal()) {
      case GONE -> seen instanceof Absent ? new Step.Forget() : new Step.Destroy();
      case STOPPED ->
          seen instanceof Running || seen instanceof Frozen
              ? new Step.Stop(whyStopped(instance))
              : new Step.Settled(Phase.STOPPED, now.plus(timing.restEvery()));
      case RUNNING -> {
        if (instance.level() != Level.AWAKE) {
          yield asleep(instance, look, rules, now);
        }
        var trial = trial(wanted, status);
        yield switch (seen) {
          case Running running when running.generation() == wanted.processGeneration() ->
              running(instance, trial, look, rules, now);
          case Running _ -> start(trial, lastError(trial), timing, now);
          case Frozen(var running) ->
              running.generation() == wanted.processGeneration()
                  ? new Step.Wake()
                  : start(trial, lastError(trial), timing, now);
          case Exited(var code, var advice)
              when code == BAD_CONFIG && trial.startedAt() != null && trial.failure() == null ->
              new Step.GiveUp(advice);
          case Exited(_, var advice) -> start(trial, advice, timing, now);
          case Stopped _, Absent _ -> start(trial, lastError(trial), timing, now);
        };
      }
    };
  }

  /** The notes about the wanted process generation; fresh ones if it is a new one. */
  static Trial trial(Wanted wanted, Status status) {
    return status.trial().generation() == wanted.processGeneration()
        ? status.trial()
        : Trial.of(wanted.processGeneration());
  }

  private static String lastError(Trial trial) {
    return trial.lastError() == null ? "" : trial.lastError();
  }

  private static Step start(Trial trial, String lastWords, Timing timing, Instant now) {
    if (trial.failure() != null) {
      return new Step.Settled(Phase.FAILED, now.plus(timing.restEvery()));
    }
    if (trial.attempts() >= timing.attempts()) {
      return new Step.GiveUp(
          "It did not come up in %d tries. %s".formatted(trial.attempts(), lastWords).strip());
    }
    if (now.isBefore(trial.notBefore())) {
      return new Step.Wait(
          trial.notBefore(),
          "BackingOff",
          "Try %d follows at %s. %s"
              .formatted(
                  trial.attempts() + 1,
                  trial.notBefore().truncatedTo(ChronoUnit.SECONDS),
                  lastWords)
              .strip());
    }
    return new Step.Start();
  }

  private static Step running(Instance instance, Trial trial, Look look, Rules rules, Instant now) {
    var timing = rules.timing();
    return switch (look.health()) {
      case NOT_ASKED -> new Step.Probe();
      case ANSWERS -> answering(instance, look.files(), rules, now);
      case SILENT -> {
        var silentSince = trial.silentSince() == null ? now : trial.silentSince();
        if (trial.readyAt() != null) {
          yield now.isAfter(silentSince.plus(timing.silenceLimit()))
              ? new Step.Stop("It no longer answers, since %s.".formatted(silentSince))
              : new Step.Wait(
                  now.plus(timing.lookEvery()),
                  "Silent",
                  "Its gateway does not answer; if that lasts, it is restarted.");
        }
        var since = trial.startedAt() == null ? silentSince : trial.startedAt();
        yield now.isAfter(since.plus(timing.startLimit()))
            ? new Step.Stop("It did not answer within %s.".formatted(timing.startLimit()))
            : new Step.Wait(now.plus(timing.probeEvery()), "Starting", "Its gateway is starting.");
      }
    };
  }

  private static Step answering(Instance instance, Files files, Rules rules, Instant now) {
    var timing = rules.timing();
    return switch (files) {
      case Files.Due _ -> new Step.Apply();
      case Files.Handed(_, var asked) when !asked -> new Step.Ask();
      case Files.Handed(var since, _) ->
          now.isAfter(since.plus(timing.startLimit()))
              ? new Step.Replace(
                  "It did not take its new configuration within %s.".formatted(timing.startLimit()))
              : new Step.Wait(
                  now.plus(timing.probeEvery().multipliedBy(5)),
                  "Applying",
                  "Its gateway is taking its new configuration.");
      case Files.Taken _ -> settled(instance, Phase.RUNNING, timing.lookEvery(), rules, now);
      case Files.Fixed _ ->
          instance.status().appliedGeneration() < instance.wanted().generation()
              ? new Step.Replace("It reads its new configuration at a start only.")
              : settled(instance, Phase.RUNNING, timing.lookEvery(), rules, now);
    };
  }

  /** One that shall sleep. */
  private static Step asleep(Instance instance, Look look, Rules rules, Instant now) {
    var timing = rules.timing();
    return switch (look.seen()) {
      case Running running -> {
        if (running.generation() != instance.wanted().processGeneration()) {
          yield new Step.Stop("What is wanted needs a new process, which can wait.");
        }
        if (instance.status().phase() != Phase.DOZING) {
          yield new Step.Fence();
        }
        if (!look.paused()) {
          yield new Step.Pause();
        }
        yield instance.level() == Level.DOZING
            ? new Step.Doze()
            : new Step.Stop(instance.rest().message());
      }
      case Frozen _ when instance.level() == Level.STOPPED ->
          new Step.Stop(instance.rest().message());
      case Frozen _ ->
          !look.paused() && Journal.isFallingAsleep(instance.status())
              ? new Step.Doze() // somebody was killed on the way
              : settled(instance, Phase.DOZING, timing.restEvery(), rules, now);
      case Stopped _, Absent _, Exited _ ->
          instance.level() == Level.DOZING
              ? new Step.Sleep(
                  new Ladder.Move.Go(
                      Level.STOPPED, "ProcessEnded", "Its process ended while it dozed."))
              : settled(instance, Phase.STOPPED, timing.restEvery(), rules, now);
    };
  }

  /** It is where it shall be; perhaps it is time for another rung. */
  private static Step settled(
      Instance instance, Phase phase, Duration lookEvery, Rules rules, Instant now) {
    var status = instance.status();
    var since = status.phase() == phase ? status.since() : now;
    var lead = Ladder.Lead.of(instance.id());
    return switch (Ladder.next(
        phase,
        since,
        instance.rest(),
        lead,
        rules.sleep(),
        rules.hasSocket(),
        rules.canDoze(),
        now)) {
      case Ladder.Move.Stay(var until) -> {
        var look = now.plus(lookEvery);
        yield new Step.Settled(phase, until.isBefore(look) ? until : look);
      }
      case Ladder.Move.Go go ->
          status.phase() == phase ? new Step.Sleep(go) : new Step.Settled(phase, now);
    };
  }

  private Decision() {}
}
