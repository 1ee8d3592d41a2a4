package io.rockpool.control.webhook;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Failures of a webhook, with no success between. Pure.
 *
 * @param since the first of them
 * @param last the latest one
 */
record Streak(Instant since, Instant last) {
  /** After so long it is disabled. */
  static final Duration LONGEST = Duration.ofDays(5);

  /**
   * Where no attempt was made for longer than between two of one message, nobody knows whether it
   * failed all the time.
   */
  static final Duration UNBROKEN = Duration.ofHours(36);

  /** With another failure. */
  static Streak with(@Nullable Streak before, Instant now) {
    return before == null || now.isAfter(before.last().plus(UNBROKEN))
        ? new Streak(now, now)
        : new Streak(before.since(), now);
  }

  boolean isTooLong() {
    return Duration.between(since, last).compareTo(LONGEST) >= 0;
  }
}
