package io.rockpool.control.inbox;

import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.ToLongFunction;

/**
 * How many messages of instances wait, about: counted in the database once a second, and what this
 * server has accepted since. To count them for each message would cost more than to store it.
 */
final class Waiting {
  private static final Duration REMEMBERED = Duration.ofSeconds(1);
  private static final int MOST_REMEMBERED = 10_000;

  private record Known(Instant until, long number) {
    Known plusOne() {
      return new Known(until, number + 1);
    }
  }

  private final ToLongFunction<InstanceId> count;
  private final InstantSource clock;
  private final ConcurrentMap<InstanceId, Known> known = new ConcurrentHashMap<>();

  Waiting(ToLongFunction<InstanceId> count, InstantSource clock) {
    this.count = count;
    this.clock = clock;
  }

  long of(InstanceId instance) {
    var now = clock.instant();
    if (known.size() >= MOST_REMEMBERED) {
      known.clear();
    }
    return known
        .compute(
            instance,
            (_, before) ->
                before != null && now.isBefore(before.until())
                    ? before
                    : new Known(now.plus(REMEMBERED), count.applyAsLong(instance)))
        .number();
  }

  void oneMore(InstanceId instance) {
    known.computeIfPresent(instance, (_, before) -> before.plusOne());
  }
}
