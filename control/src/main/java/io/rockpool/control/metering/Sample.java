package io.rockpool.control.metering;

import io.rockpool.runtime.Usage;
import java.time.Instant;
import java.util.Optional;

/**
 * What was seen of an instance at a time.
 *
 * @param at to the millisecond
 * @param counter its processor time; that of its last processes where it has none, empty where it
 *     never had any
 * @param memoryBytes of RAM that it holds
 * @param storageBytes on disk, as last measured; 0 where they never were
 * @param storageAt when that was; the epoch where it never was
 */
record Sample(
    Instant at,
    Rung rung,
    Optional<Counter> counter,
    long memoryBytes,
    long storageBytes,
    Instant storageAt) {
  /** No instance holds more; so no product of bytes and the seconds of a day overflows. */
  static final long MOST_BYTES = 1L << 46;

  /**
   * A counter of processor time.
   *
   * @param life as long as it is the same, the counter counts on; see {@link Usage#life}
   */
  record Counter(String life, long cpuMillis) {
    static Counter of(Usage usage) {
      return new Counter(usage.life(), usage.cpu().toMillis());
    }
  }

  Sample {
    memoryBytes = Math.min(memoryBytes, MOST_BYTES);
    storageBytes = Math.min(storageBytes, MOST_BYTES);
  }

  /** The same, no earlier than a time. */
  Sample notBefore(Instant time) {
    return at.isBefore(time)
        ? new Sample(time, rung, counter, memoryBytes, storageBytes, storageAt)
        : this;
  }

  /** Of one that was just made and has used nothing. */
  static Sample beginning(Instant at) {
    return new Sample(at, Rung.STOPPED, Optional.empty(), 0, 0, Instant.EPOCH);
  }
}
