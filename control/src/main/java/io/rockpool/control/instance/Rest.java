package io.rockpool.control.instance;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How deep an instance shall sleep while its owner wants it available, and why. Of no account while
 * its goal is another one: what its owner stopped does not wake by itself.
 *
 * @param reason a stable word in CamelCase, e.g. {@code Idle}
 * @param message a sentence for a person
 * @param since when that was decided
 * @param notBefore it is not put to sleep by itself before, so that nothing flaps
 * @param nextRun when its own schedule needs it next, as it said before it fell asleep; null for
 *     never
 * @param activeAt when somebody last needed it; up to a few seconds behind
 */
public record Rest(
    Level level,
    String reason,
    String message,
    Instant since,
    Instant notBefore,
    @Nullable Instant nextRun,
    Instant activeAt) {
  /** The reason of who sleeps because its owner asked for that. */
  public static final String ASKED = "Asked";

  /** Awake since {@code now}, and needed now. */
  public static Rest awake(String reason, String message, Instant now) {
    return new Rest(Level.AWAKE, reason, message, now, now, null, now);
  }

  static Rest fresh(Instant now) {
    return awake("Created", "It was created.", now);
  }

  /** Deeper down. */
  public Rest down(Level deeper, String why, String text, Instant now) {
    return new Rest(deeper, why, text, now, notBefore, nextRun, activeAt);
  }

  /** Awake again, though nobody needs it: it could not be put to sleep now. */
  public Rest postponed(String why, String text, Instant now, Duration pause) {
    return new Rest(Level.AWAKE, why, text, now, now.plus(pause), null, activeAt);
  }

  /** The same, with the time at which it must be awake. */
  public Rest until(@Nullable Instant run) {
    return new Rest(level, reason, message, since, notBefore, run, activeAt);
  }

  /** The same, needed at another time. */
  Rest activeAt(Instant time) {
    return new Rest(level, reason, message, since, notBefore, nextRun, time);
  }
}
