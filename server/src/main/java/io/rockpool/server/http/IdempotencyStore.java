package io.rockpool.server.http;

import java.time.Duration;
import java.time.Instant;

/**
 * Remembers what was answered to a {@code POST} with an {@code Idempotency-Key}. Shared by all
 * replicas. A key belongs to an account: two accounts may use the same one.
 *
 * <p>Answers are kept as they are, bodies included: treat them like the most secret thing that any
 * route answers with.
 */
public interface IdempotencyStore {
  /** How long an answer is kept. After that the key is as good as new. */
  Duration KEPT = Duration.ofHours(24);

  /**
   * How long a begun request holds its key without an end. Then its replica is taken for dead, and
   * the next one with the same key and request begins anew.
   */
  Duration HELD = Duration.ofMinutes(2);

  /** What {@link #begin} found. */
  sealed interface Begun {}

  /** The first one: do the work, then call {@link #finish} or {@link #abandon}. */
  record New() implements Begun {}

  /** Done before: answer this again. */
  record Replay(Answer answer) implements Begun {}

  /** The key was used for another request. */
  record Mismatch() implements Begun {}

  /** The first one is still at work. */
  record InUse() implements Begun {}

  /**
   * Takes the key, or says who had it. Atomic: of any number of callers at once, on any number of
   * replicas, one gets {@link New}.
   *
   * @param account who asks
   * @param key 1 to 255 visible ASCII characters
   * @param requestHash tells requests apart: 64 hexadecimal digits
   */
  Begun begin(String account, String key, String requestHash, Instant now);

  /** Keeps the answer until {@code now} plus {@link #KEPT}. Does nothing unless the key is held. */
  void finish(String account, String key, String requestHash, Answer answer, Instant now);

  /** Gives the key back: the work failed in a way that a repetition may not. */
  void abandon(String account, String key, String requestHash);
}
