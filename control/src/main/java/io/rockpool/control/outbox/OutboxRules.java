package io.rockpool.control.outbox;

import java.time.Duration;

/**
 * How hard it is tried to say something.
 *
 * @param atOnce chats of one connection in which something is said at once on one server
 * @param timeToLive given up when it was not said that long after it was stored
 * @param attempts given up after so many; pauses that the platform wants do not count
 * @param firstWait after the first failure, at most; doubles with each
 * @param longestWait between two attempts, unless the platform wants longer
 * @param lease how long a killed server's chats wait for another
 * @param remembered what was said, so that it is not said twice; not shorter than a message of the
 *     inbox may live
 */
public record OutboxRules(
    int atOnce,
    Duration timeToLive,
    int attempts,
    Duration firstWait,
    Duration longestWait,
    Duration lease,
    Duration remembered) {
  /** A call to a platform takes 15 seconds at most, see {@code Calls}. */
  private static final Duration SHORTEST_LEASE = Duration.ofSeconds(20);

  public static final OutboxRules DEFAULT =
      new OutboxRules(
          8,
          Duration.ofHours(24),
          20,
          Duration.ofSeconds(2),
          Duration.ofMinutes(5),
          Duration.ofSeconds(60),
          Duration.ofHours(48));

  public OutboxRules {
    if (atOnce < 1 || attempts < 1) {
      throw new IllegalArgumentException(
          "at once and attempts of an outbox are 1 or more, not %d and %d"
              .formatted(atOnce, attempts));
    }
    if (!firstWait.isPositive() || longestWait.compareTo(firstWait) < 0) {
      throw new IllegalArgumentException(
          "the longest wait of an outbox (%s) must not be shorter than the first (%s)"
              .formatted(longestWait, firstWait));
    }
    if (!timeToLive.isPositive() || lease.compareTo(SHORTEST_LEASE) < 0) {
      throw new IllegalArgumentException(
          "an outbox needs a time to live and a lease of 20 seconds or more, not %s and %s"
              .formatted(timeToLive, lease));
    }
    if (remembered.compareTo(Duration.ofHours(24)) < 0) {
      throw new IllegalArgumentException(
          "an outbox remembers for 24 hours or more, not %s".formatted(remembered));
    }
  }
}
