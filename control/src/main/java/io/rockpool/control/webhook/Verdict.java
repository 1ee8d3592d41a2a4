package io.rockpool.control.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What becomes of a message after an attempt. Pure. */
sealed interface Verdict {
  /** After each failure in turn; after one more it is given up. About three days in all. */
  List<Duration> WAITS =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(10),
          Duration.ofHours(14),
          Duration.ofHours(20),
          Duration.ofHours(24));

  /** A wait is that much shorter or longer at most, so that what failed together is spread. */
  double SPREAD = 0.1;

  /** Whoever has too much to do and does not say for how long. */
  Duration PAUSE = Duration.ofMinutes(1);

  /** Nobody makes us wait longer than that. */
  Duration LONGEST_PAUSE = Duration.ofHours(1);

  int GONE = 410;

  /** Too many requests, and what proxies say of a receiver that does not keep up. */
  Set<Integer> TOO_MUCH = Set.of(429, 502, 504);

  /** The class of the answer, e.g. {@code 2xx}, or {@code none}. */
  String status();

  record Delivered(String status) implements Verdict {}

  /**
   * It is tried again.
   *
   * @param pause nothing at all is sent there until then; null to go on with others
   */
  record Retry(Instant at, String status, String why, @Nullable Instant pause) implements Verdict {}

  /** It was tried often enough. */
  record GivenUp(String status, String why, @Nullable Instant pause) implements Verdict {}

  /** Its receiver wants nothing any more. */
  record Unwanted(String status, String why) implements Verdict {}

  /**
   * @param attempts that were begun, this one included; 1 or more
   * @param draw 0 up to 1, without 1
   */
  static Verdict of(Outcome outcome, int attempts, Instant now, double draw) {
    return switch (outcome) {
      case Outcome.Answered(var status, _) when status / 100 == 2 -> new Delivered(classOf(status));
      case Outcome.Answered(var status, _) when status == GONE ->
          new Unwanted(classOf(status), words(status));
      case Outcome.Answered(var status, var retryAfter) -> {
        var asked = bounded(retryAfter);
        var pause = TOO_MUCH.contains(status) ? now.plus(asked.isZero() ? PAUSE : asked) : null;
        yield again(attempts, now, draw, asked, classOf(status), words(status), pause);
      }
      case Outcome.Unreachable(var why) ->
          again(attempts, now, draw, Duration.ZERO, "none", why, null);
    };
  }

  private static Verdict again(
      int attempts,
      Instant now,
      double draw,
      Duration asked,
      String status,
      String why,
      @Nullable Instant pause) {
    if (attempts > WAITS.size()) {
      return new GivenUp(status, "Given up after %d attempts: %s".formatted(attempts, why), pause);
    }
    var drawn = wait(attempts, draw);
    var at = now.plus(asked.compareTo(drawn) > 0 ? asked : drawn);
    return new Retry(pause != null && pause.isAfter(at) ? pause : at, status, why, pause);
  }

  /** Until the next attempt, after so many that failed. */
  static Duration wait(int attempts, double draw) {
    var wait = WAITS.get(attempts - 1);
    return Duration.ofMillis(Math.round(wait.toMillis() * (1 - SPREAD + 2 * SPREAD * draw)));
  }

  private static Duration bounded(@Nullable Duration asked) {
    if (asked == null || asked.isNegative()) {
      return Duration.ZERO;
    }
    return asked.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : asked;
  }

  private static String classOf(int status) {
    return status / 100 + "xx";
  }

  /** For an operator: what it answered, and what to do. */
  static String words(int status) {
    return switch (status / 100) {
      case 2 -> "It took the message.";
      case 3 -> "It redirects, which is not followed: set the URL to where it leads.";
      case 4 ->
          status == GONE
              ? "It is gone for good (410)."
              : status == 429
                  ? "It wants fewer messages for a while."
                  : "It refuses the message: its log may say whether it is the URL, the secret or its clock.";
      default -> "It failed: see its log.";
    };
  }
}
