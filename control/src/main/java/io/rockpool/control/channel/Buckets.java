package io.rockpool.control.channel;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often each of many may do something: a bucket of tokens for each, in memory. One that is full
 * again is as good as none, so those that were used least lately make room.
 */
final class Buckets {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** How many tokens were left when one was last taken. */
  private record Level(double tokens, Instant at) {}

  private final int perMinute;
  private final LinkedHashMap<String, Level> levels;

  /**
   * @param perMinute tokens that a bucket gets a minute, and holds at most; 1 or more
   * @param most buckets that are remembered
   */
  Buckets(int perMinute, int most) {
    if (perMinute < 1 || most < 1) {
      throw new IllegalArgumentException(
          "buckets hold 1 token or more and there is 1 or more, not %d and %d"
              .formatted(perMinute, most));
    }
    this.perMinute = perMinute;
    this.levels =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Level> eldest) {
            return size() > most;
          }
        };
  }

  /** Takes a token, and says how long it takes until there is one: zero when one was taken. */
  synchronized Duration take(String name, Instant now) {
    var before = levels.getOrDefault(name, new Level(perMinute, now));
    var passed = Duration.between(before.at(), now);
    double tokens =
        passed.isNegative() // the clock was set back
            ? before.tokens()
            : Math.min(
                perMinute,
                before.tokens() + (double) passed.toMillis() * perMinute / MINUTE.toMillis());
    if (tokens < 1) {
      levels.put(name, new Level(tokens, now));
      return Duration.ofMillis((long) Math.ceil((1 - tokens) * MINUTE.toMillis() / perMinute));
    }
    levels.put(name, new Level(tokens - 1, now));
    return Duration.ZERO;
  }
}
