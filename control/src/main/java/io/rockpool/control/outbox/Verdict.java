package io.rockpool.control.outbox;

import io.rockpool.channel.Outcome;
import io.rockpool.channel.Posted;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What becomes of a message after the platform was asked to say it. Pure. */
sealed interface Verdict {
  /**
   * Its way has ended.
   *
   * @param posted the platform's id of it; null where it has none
   */
  record Settled(State state, @Nullable String posted, @Nullable String reason)
      implements Verdict {}

  /** It is tried again. */
  record Retry(Instant at, String reason) implements Verdict {}

  /**
   * The platform wants a pause, which is no attempt.
   *
   * @param whole whether in all chats of the connection; otherwise in this one
   */
  record Pause(Instant until, boolean whole, String reason) implements Verdict {}

  /** What it was to be an edit of is not there any more: it is said anew. */
  record Anew(String reason) implements Verdict {}

  /** A token that is not accepted is looked at by whoever looks after connections. */
  Duration TOKEN_PAUSE = Duration.ofMinutes(1);

  /**
   * @param message as it was during the attempt, which it counts
   * @param draw 0 up to 1, without 1
   */
  static Verdict of(
      Outcome<Posted> outcome, OutboxMessage message, Instant now, double draw, OutboxRules rules) {
    boolean isEdit = message.posted() != null;
    return switch (outcome) {
      case Outcome.Done<Posted>(var posted) -> new Settled(State.SENT, posted.id(), null);
      case Outcome.Later<Posted>(var pause, var advice) -> {
        var until = now.plus(pause);
        yield until.isBefore(message.expiresAt())
            ? new Pause(until, false, words(advice))
            : tooOld(advice);
      }
      case Outcome.Refused<Posted>(var cause, var advice) ->
          switch (cause) {
            case TOKEN -> {
              var until = now.plus(TOKEN_PAUSE);
              yield until.isBefore(message.expiresAt())
                  ? new Pause(until, true, words(advice))
                  : tooOld(advice);
            }
            case PLACE -> new Settled(State.DEAD, null, words(advice));
            case REQUEST ->
                isEdit ? new Anew(words(advice)) : new Settled(State.DEAD, null, words(advice));
          };
      // To say the same words in the same message once more does no harm.
      case Outcome.Unknown<Posted>(var advice) when isEdit ->
          again(message, advice, now, draw, rules);
      case Outcome.Unknown<Posted>(var advice) -> unknown(advice);
    };
  }

  /** Nobody knows whether it was said, and platforms would say it twice. */
  static Settled unknown(String reason) {
    return new Settled(
        State.UNKNOWN, null, words("It is not known whether it was said: " + reason));
  }

  /** It could not even be tried. */
  static Verdict again(
      OutboxMessage message, String reason, Instant now, double draw, OutboxRules rules) {
    if (message.attempts() >= rules.attempts()) {
      return new Settled(
          State.DEAD,
          null,
          words("Given up after %d attempts: %s".formatted(message.attempts(), reason)));
    }
    var at = now.plus(wait(message.attempts(), draw, rules));
    return at.isBefore(message.expiresAt()) ? new Retry(at, words(reason)) : tooOld(reason);
  }

  private static Settled tooOld(String reason) {
    return new Settled(
        State.DEAD, null, words("Given up, it would be too old at the next attempt: " + reason));
  }

  /** Anything up to a bound that doubles with each attempt. */
  private static Duration wait(int attempts, double draw, OutboxRules rules) {
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
