package io.rockpool.control.inbox;

import java.time.Duration;

/**
 * How much is kept, and how hard it is tried.
 *
 * @param waiting messages of one instance that may wait; with several servers each may add a few
 *     more at the same moment
 * @param atOnce deliveries to one instance at once on one server, each of another lane
 * @param timeToLive given up when it was not delivered that long after it was received or replayed
 * @param attempts given up after so many
 * @param firstWait after the first failure, at most; doubles with each
 * @param longestWait between two attempts, unless the destination wants longer
 * @param lease how long a killed server's lanes wait for another
 * @param remembered a settled message's id, so that it is not taken twice; 24 hours or more
 * @param deadKept a given up message, with its content, so that it can be replayed
 */
public record InboxRules(
    int waiting,
    int atOnce,
    Duration timeToLive,
    int attempts,
    Duration firstWait,
    Duration longestWait,
    Duration lease,
    Duration remembered,
    Duration deadKept) {
  public static final InboxRules DEFAULT =
      new InboxRules(
          1_000,
          8,
          Duration.ofHours(24),
          100,
          Duration.ofSeconds(1),
          Duration.ofMinutes(5),
          Duration.ofSeconds(30),
          Duration.ofHours(24),
          Duration.ofDays(7));

  public InboxRules {
    if (waiting < 1 || atOnce < 1 || attempts < 1) {
      throw new IllegalArgumentException(
          "waiting, at once and attempts of an inbox are 1 or more, not %d, %d and %d"
              .formatted(waiting, atOnce, attempts));
    }
    if (!firstWait.isPositive() || longestWait.compareTo(firstWait) < 0) {
      throw new IllegalArgumentException(
          "the longest wait of an inbox (%s) must not be shorter than the first (%s)"
              .formatted(longestWait, firstWait));
    }
    if (!timeToLive.isPositive() || lease.compareTo(Duration.ofSeconds(3)) < 0) {
      throw new IllegalArgumentException(
          "an inbox needs a time to live and a lease of 3 seconds or more, not %s and %s"
              .formatted(timeToLive, lease));
    }
    if (remembered.compareTo(Duration.ofHours(24)) < 0 || deadKept.compareTo(remembered) < 0) {
      throw new IllegalArgumentException(
          "an inbox remembers messages for 24 hours or more (not %s), and dead ones not shorter (%s)"
              .formatted(remembered, deadKept));
    }
  }
}
