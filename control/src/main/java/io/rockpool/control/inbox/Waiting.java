package io.rockpool.control.inbox;

import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.ToLongFunction;

/**
 * How many messages of instances wait, at most: counted in the database, and what this server has
 * accepted since. To count them for each message would cost more than to store it; so where there
 * is much room they are counted seldom.
 */
final class Waiting {
  private static final Duration REMEMBERED = Duration.ofSeconds(1);
  private static final Duration REMEMBERED_WITH_ROOM = Duration.ofSeconds(10);
  private static final int MOST_REMEMBERED = 10_000;

  private record Known(Instant at, long number) {
    Known plusOne() {
      return new Known(at, number + 1);
    }
  }

  private final ToLongFunction<InstanceId> count;
  private final long room;
  private final InstantSource clock;
  private final ConcurrentMap<InstanceId, Known> known = new ConcurrentHashMap<>();

  /**
   * @param room so many or more are counted anew each second
   */
  Waiting(ToLongFunction<InstanceId> count, long room, InstantSource clock) {
    this.count = count;
    this.room = room;
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
                before != null && now.isBefore(before.at().plus(remembered(before)))
                    ? before
                    : new Known(now, count.applyAsLong(instance)))
        .number();
  }

  private Duration remembered(Known known) {
    return known.number() < room ? REMEMBERED_WITH_ROOM : REMEMBERED;
  }

  void oneMore(InstanceId instance) {
    known.computeIfPresent(instance, (_, before) -> before.plusOne());
  }
}
