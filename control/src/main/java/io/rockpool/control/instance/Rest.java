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
 * @param wakes how often it was woken so far
 */
public record Rest(
    Level level,
    String reason,
    String message,
    Instant since,
    Instant notBefore,
    @Nullable Instant nextRun,
    Instant activeAt,
    long wakes) {
  /** The reason of who sleeps because its owner asked for that. */
  public static final String ASKED = "Asked";

  /** Of one that is new, and needed now. */
  public static Rest fresh(Instant now) {
    return new Rest(Level.AWAKE, "Created", "It was created.", now, now, null, now, 0);
  }

  /** Awake, and needed now. */
  public Rest awake(String why, String text, Instant now) {
    return new Rest(
        Level.AWAKE, why, text, now, now, null, now, level == Level.AWAKE ? wakes : wakes + 1);
  }

  /** Deeper down. */
  public Rest down(Level deeper, String why, String text, Instant now) {
    return new Rest(deeper, why, text, now, notBefore, nextRun, activeAt, wakes);
  }

  /** Awake again, though nobody needs it: it could not be put to sleep now. */
  public Rest postponed(String why, String text, Instant now, Duration pause) {
    return new Rest(Level.AWAKE, why, text, now, now.plus(pause), null, activeAt, wakes);
  }

  /** The same, with the time at which it must be awake. */
  public Rest until(@Nullable Instant run) {
    return new Rest(level, reason, message, since, notBefore, run, activeAt, wakes);
  }

  /** The same, needed at another time. */
  Rest activeAt(Instant time) {
    return new Rest(level, reason, message, since, notBefore, nextRun, time, wakes);
  }
}
