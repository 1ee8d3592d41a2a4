package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Level;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.Rest;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.plan.SocketPolicy.Looks;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

  /** Why one is awake that was woken to look for messages. */
  private static final String SOCKET_DUE = "SocketDue";

  static final String KEPT_AWAKE =
      "Its plan keeps it awake while it has a live connection to a chat platform.";

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
   * @param hasSocket whether it has a live connection to a chat platform
   * @param canDoze whether its runtime can freeze instances
   */
  static Move next(
      Phase rung,
      Instant since,
      Rest rest,
      Lead lead,
      SleepPolicy policy,
      boolean hasSocket,
      boolean canDoze,
      Instant now) {
    return switch (rung) {
      case RUNNING ->
          policy.keepsAwake(hasSocket)
              ? new Move.Stay(Instant.MAX)
              : running(since, rest, policy, hasSocket, canDoze, now);
      case DOZING -> asleep(lead.thaw(), lead, rest, policy, hasSocket, now);
      case STOPPED -> asleep(lead.start(), lead, rest, policy, hasSocket, now);
      case PROVISIONING, ARCHIVED, FAILED, DELETING -> new Move.Stay(Instant.MAX);
    };
  }

  private static Move running(
      Instant since,
      Rest rest,
      SleepPolicy policy,
      boolean hasSocket,
      boolean canDoze,
      Instant now) {
    var idleSince = latest(latest(since, rest.since()), rest.activeAt());
    var looks = looks(policy, hasSocket);
    var patience =
        looks != null && rest.reason().equals(SOCKET_DUE)
            ? looks.length()
            : canDoze ? policy.dozeAfter() : policy.stopAfter();
    var at = latest(idleSince.plus(patience), rest.notBefore());
    return now.isBefore(at)
        ? new Move.Stay(at)
        : new Move.Go(
            canDoze ? Level.DOZING : Level.STOPPED,
            "Idle",
            "Nobody needed it for %s.".formatted(text(Duration.between(idleSince, now)))
                + nextLook(looks, now));
  }

  private static Move asleep(
      Duration early, Lead lead, Rest rest, SleepPolicy policy, boolean hasSocket, Instant now) {
    var mayWake = !rest.reason().equals(Rest.ASKED);
    if (policy.keepsAwake(hasSocket) && mayWake) {
      return policy.never()
          ? new Move.Go(Level.AWAKE, "NeverSleeps", "Its plan keeps it awake.")
          : new Move.Go(Level.AWAKE, "SocketHeld", KEPT_AWAKE);
    }
    var run = rest.nextRun();
    var jobAt = run == null ? Instant.MAX : run.minus(early);
    if (!now.isBefore(jobAt)) {
      return new Move.Go(Level.AWAKE, "JobDue", "A job of its own is due at %s.".formatted(run));
    }
    var looks = looks(policy, hasSocket);
    var lookAt = looks == null || !mayWake ? Instant.MAX : lookAt(rest, looks);
    if (!now.isBefore(lookAt)) {
      return new Move.Go(
          Level.AWAKE, SOCKET_DUE, "It looks for messages of its live chat connection.");
    }
    var wakeAt = jobAt.isBefore(lookAt) ? jobAt : lookAt;
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
            "Nobody needed it for %s.".formatted(text(Duration.between(rest.activeAt(), now)))
                + nextLook(mayWake ? looks : null, now))
        : new Move.Stay(wakeAt);
  }

  /** What its plan says of a live connection that does not keep it awake; null for nothing. */
  private static @Nullable Looks looks(SleepPolicy policy, boolean hasSocket) {
    return hasSocket && policy.sockets() instanceof Looks looks ? looks : null;
  }

  /** When one that sleeps looks for messages. */
  static Instant lookAt(Rest rest, Looks looks) {
    return rest.since().plus(looks.every());
  }

  private static String nextLook(@Nullable Looks looks, Instant now) {
    return looks == null
        ? ""
        : " It looks for messages of its live chat connection at %s."
            .formatted(now.plus(looks.every()).truncatedTo(ChronoUnit.SECONDS));
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
