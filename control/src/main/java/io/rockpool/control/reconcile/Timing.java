package io.rockpool.control.reconcile;

import java.time.Duration;

/**
 * When the reconciler looks, waits and gives up.
 *
 * @param lease how long a replica owns an instance without renewing it
 * @param probeEvery between two probes of a gateway that starts
 * @param lookEvery between two looks at an instance that is as wanted and runs
 * @param restEvery between two looks at an instance that is as wanted and does not run
 * @param startLimit from a start to the first answer, at most; then the try has failed
 * @param silenceLimit so long may a gateway that had answered be silent; then it is restarted
 * @param provenAfter after so long without trouble earlier tries are forgotten
 * @param firstBackOff the wait after the first failed try; doubled after each
 * @param longestBackOff the longest wait between two tries
 * @param attempts tries for one generation, at most; then the instance is given up
 * @param orphanGrace how long something unknown to the store is left alone
 * @param fence so long after an instance is marked as sleeping nobody passes to it any more, on any
 *     replica
 */
public record Timing(
    Duration lease,
    Duration probeEvery,
    Duration lookEvery,
    Duration restEvery,
    Duration startLimit,
    Duration silenceLimit,
    Duration provenAfter,
    Duration firstBackOff,
    Duration longestBackOff,
    int attempts,
    Duration orphanGrace,
    Duration fence) {
  public static final Timing DEFAULT =
      new Timing(
          Duration.ofSeconds(15),
          Duration.ofMillis(100),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofMinutes(3),
          Duration.ofMinutes(1),
          Duration.ofMinutes(10),
          Duration.ofSeconds(1),
          Duration.ofMinutes(2),
          6,
          Duration.ofMinutes(10),
          Duration.ofSeconds(1));

  /** The wait before the try after {@code attempts} tries, without jitter. */
  Duration backOff(int attempts) {
    var wait = firstBackOff.multipliedBy(1L << Math.min(Math.max(attempts - 1, 0), 20));
    return wait.compareTo(longestBackOff) > 0 ? longestBackOff : wait;
  }
}
