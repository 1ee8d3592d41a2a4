package io.rockpool.edge;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the log short where strangers decide how much there is to tell: one line a second at most,
 * with a count.
 */
public final class OncePerSecond {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final AtomicLong count = new AtomicLong();
  private final AtomicLong told = new AtomicLong(System.nanoTime() - SECOND);

  /** Counts one more. When it is time for a line: how many there were since the last. */
  public OptionalLong count() {
    count.incrementAndGet();
    long before = told.get();
    long now = System.nanoTime();
    return now - before >= SECOND && told.compareAndSet(before, now)
        ? OptionalLong.of(count.getAndSet(0))
        : OptionalLong.empty();
  }
}
