package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Whether an instance that is as wanted changes its rung. Pure. */
final class Ladder {
  /**
   * How long before its own schedule needs it an instance is woken.
   *
   * @param thaw one that dozes
   * @param start one without a process
   */
  record Lead(Duration thaw, Duration start) {
    private static final Duration THAW = Duration.ofSeconds(5);
    private static final Duration THAWS = Duration.ofSeconds(55);

    /** Two cold starts on a busy machine. */
    private static final Duration START = Duration.ofSeconds(90);

    /** Whoever started long before dozes once more. */
    private static final Duration STARTS = Duration.ofMinutes(10);

    private static final int PARTS = 1_000;

    /** Another one for each instance: the jobs of many are due at the same full hour. */
    static Lead of(InstanceId id) {
      int part = Math.floorMod(id.value().hashCode(), PARTS);
      return new Lead(
          THAW.plus(THAWS.multipliedBy(part).dividedBy(PARTS)),
          START.plus(STARTS.multipliedBy(part).dividedBy(PARTS)));
    }
  }

  /** For a nap shorter than this nobody is put to bed. */
  static final Duration SHORTEST = Duration.ofSeconds(30);

  sealed interface Move {
    /** Nothing changes by itself before. */
    record Stay(Instant until) implements Move {}

    /**
     * It changes now.
     *
     * @param reason a stable word in CamelCase
     * @param message a sentence for a person
     */
    record Go(Level level, String reason, String message) implements Move {}
  }

  /**
   * The next move.
   *
   * @param rung where it is: running, dozing or stopped
   * @param since when it came there
   * @param canDoze whether its runtime can freeze instances
   */
  static Move next(
      Phase rung,
      Instant since,
      Rest rest,
      Lead lead,
      SleepPolicy policy,
      boolean canDoze,
      Instant now) {
    return switch (rung) {
      case RUNNING ->
          policy.never() ? new Move.Stay(Instant.MAX) : running(since, rest, policy, canDoze, now);
      case DOZING -> asleep(lead.thaw(), lead, rest, policy, now);
      case STOPPED -> asleep(lead.start(), lead, rest, policy, now);
      case PROVISIONING, ARCHIVED, FAILED, DELETING -> new Move.Stay(Instant.MAX);
    };
  }

  private static Move running(
      Instant since, Rest rest, SleepPolicy policy, boolean canDoze, Instant now) {
    var idleSince = latest(latest(since, rest.since()), rest.activeAt());
    var patience = canDoze ? policy.dozeAfter() : policy.stopAfter();
    var at = latest(idleSince.plus(patience), rest.notBefore());
    return now.isBefore(at)
        ? new Move.Stay(at)
        : new Move.Go(
            canDoze ? Level.DOZING : Level.STOPPED,
            "Idle",
            "Nobody needed it for %s.".formatted(text(Duration.between(idleSince, now))));
  }

  private static Move asleep(
      Duration early, Lead lead, Rest rest, SleepPolicy policy, Instant now) {
    if (policy.never() && !rest.reason().equals(Rest.ASKED)) {
      return new Move.Go(Level.AWAKE, "NeverSleeps", "Its plan keeps it awake.");
    }
    var run = rest.nextRun();
    var wakeAt = run == null ? Instant.MAX : run.minus(early);
    if (!now.isBefore(wakeAt)) {
      return new Move.Go(Level.AWAKE, "JobDue", "A job of its own is due at %s.".formatted(run));
    }
    if (rest.level() == Level.STOPPED) {
      return new Move.Stay(wakeAt);
    }
    var stopAt = rest.activeAt().plus(policy.stopAfter());
    if (now.isBefore(stopAt)) {
      return new Move.Stay(wakeAt.isBefore(stopAt) ? wakeAt : stopAt);
    }
    return isWorthWhile(lead.start(), run, now)
        ? new Move.Go(
            Level.STOPPED,
            "LongIdle",
            "Nobody needed it for %s.".formatted(text(Duration.between(rest.activeAt(), now))))
        : new Move.Stay(wakeAt);
  }

  /** Whether there is time to sleep before it must be awake again. */
  static boolean isWorthWhile(Duration lead, @Nullable Instant run, Instant now) {
    return run == null || now.plus(lead).plus(SHORTEST).isBefore(run);
  }

  private static Instant latest(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** In the largest whole unit. */
  private static String text(Duration duration) {
    if (duration.toDays() > 1) {
      return "%d days".formatted(duration.toDays());
    }
    if (duration.toHours() > 1) {
      return "%d hours".formatted(duration.toHours());
    }
    return duration.toMinutes() > 1
        ? "%d minutes".formatted(duration.toMinutes())
        : "%d seconds".formatted(duration.toSeconds());
  }

  private Ladder() {}
}
