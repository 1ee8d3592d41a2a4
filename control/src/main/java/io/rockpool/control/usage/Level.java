package io.rockpool.control.usage;

import java.time.Duration;
import java.time.Instant;

/**
 * How full a bucket is that holds what a minute allows and leaks it within a minute. One more fits
 * while there is room for it; what is larger than the bucket fits while that is empty.
 *
 * @param drops sixty-thousandths of what is counted: whole ones leak in a millisecond. More than
 *     the bucket holds where calls used more than was expected
 * @param seenAt when it was so full
 */
record Level(long drops, Instant seenAt) {
  static final Level EMPTY = new Level(0, Instant.EPOCH);

  private static final long DROPS = 60_000;

  /** Clocks of servers differ by less: what was seen later than that was seen by a wrong one. */
  private static final Duration APART = Duration.ofMinutes(1);

  /** The level at a time; that of {@link #seenAt} for one that is a little earlier. */
  Level at(Instant now, long perMinute) {
    if (seenAt.isAfter(now.plus(APART))) {
      return new Level(Math.min(drops, perMinute * DROPS), now);
    }
    var passed = Duration.between(seenAt, now).toMillis();
    if (passed <= 0) {
      return this;
    }
    return new Level(passed > drops / perMinute ? 0 : drops - passed * perMinute, now);
  }

  /** How long it takes from {@link #seenAt} on until so many more fit; zero if they do. */
  Duration until(long more, long perMinute) {
    var bearable = Math.max(0, perMinute - more) * DROPS;
    return drops <= bearable
        ? Duration.ZERO
        : Duration.ofMillis(Math.ceilDiv(drops - bearable, perMinute));
  }

  /** With so many more, or fewer; no emptier than empty. */
  Level plus(long more) {
    var most = Quota.MOST_A_MINUTE;
    return new Level(Math.max(0, drops + Math.clamp(more, -most, most) * DROPS), seenAt);
  }

  /** What is in it, rounded up. */
  long used() {
    return Math.ceilDiv(drops, DROPS);
  }
}
