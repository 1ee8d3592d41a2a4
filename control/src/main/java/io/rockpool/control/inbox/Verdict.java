package io.rockpool.control.inbox;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What becomes of a message after an attempt. Pure. */
sealed interface Verdict {
  /** Its way has ended. */
  record Settled(State state, @Nullable String reason) implements Verdict {}

  /**
   * It is tried again.
   *
   * @param uncertain whether that attempt may have delivered it
   * @param counted whether it was an attempt at all
   */
  record Retry(Instant at, String reason, boolean uncertain, boolean counted) implements Verdict {}

  /**
   * @param message as it was during the attempt, which it counts
   * @param mayRepeat see {@link Destination#mayRepeat}
   * @param draw 0 up to 1, without 1
   */
  static Verdict of(
      Outcome outcome,
      InboxMessage message,
      boolean mayRepeat,
      Instant now,
      double draw,
      InboxRules rules) {
    return switch (outcome) {
      case Outcome.Delivered _ -> new Settled(State.DELIVERED, null);
      case Outcome.Rejected(var reason) -> new Settled(State.REJECTED, words(reason));
      case Outcome.Again(var after, var reason) ->
          again(message, after, words(reason), false, now, draw, rules);
      case Outcome.Held(var after, var reason) -> {
        var at = now.plus(after);
        var until = message.expiresAt();
        yield new Retry(at.isBefore(until) ? at : until, words(reason), false, false);
      }
      case Outcome.Unknown(var reason) when mayRepeat ->
          again(message, Duration.ZERO, words(reason), true, now, draw, rules);
      case Outcome.Unknown(var reason) -> unknown(words(reason));
    };
  }

  /** Whether it was delivered is not known, and its receiver would not know a second copy. */
  static Settled unknown(String reason) {
    return new Settled(State.DEAD, "It is not known whether it was delivered: " + reason);
  }

  private static Verdict again(
      InboxMessage message,
      Duration after,
      String reason,
      boolean uncertain,
      Instant now,
      double draw,
      InboxRules rules) {
    if (message.attempts() >= rules.attempts()) {
      return new Settled(
          State.DEAD, "Given up after %d attempts: %s".formatted(message.attempts(), reason));
    }
    var drawn = wait(message.attempts(), draw, rules);
    var at = now.plus(after.compareTo(drawn) > 0 ? after : drawn);
    return at.isBefore(message.expiresAt())
        ? new Retry(at, reason, uncertain, true)
        : new Settled(State.DEAD, "Given up, it would be too old at the next attempt: " + reason);
  }

  /**
   * Full jitter: anything up to a bound that doubles with each attempt, so that what failed
   * together does not come back together.
   */
  static Duration wait(int attempts, double draw, InboxRules rules) {
    var bound = rules.firstWait();
    for (int i = 1; i < attempts && bound.compareTo(rules.longestWait()) < 0; i++) {
      bound = bound.multipliedBy(2);
    }
    long longest = Math.min(bound.toMillis(), rules.longestWait().toMillis());
    return Duration.ofMillis((long) (draw * longest));
  }

  /** Short enough for a list, and one line. */
  private static String words(String reason) {
    var line = reason.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= 300 ? line : line.substring(0, 299) + "…";
  }
}
