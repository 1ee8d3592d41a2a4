package io.rockpool.control.sleep;

import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/**
 * Lets frozen instances wake a few at a time, in the order in which they came: what many read back
 * from a disk at once takes longer for all of them than one after the other
 * (docs/reference/benchmarks.md).
 */
final class WakeLane {
  /** Then it is not the memory that it waits for. */
  private static final Duration WAKING_AT_MOST = Duration.ofSeconds(10);

  /** Then it is the model that it waits for: what a turn reads of its memory it reads first. */
  private static final Duration ANSWERING_AT_MOST = Duration.ofSeconds(8);

  /** So long it takes at most until those who waited for it have begun to use it. */
  private static final Duration BEGINNING = Duration.ofMillis(50);

  private final Semaphore free;
  private final Predicate<InstanceId> inUse;

  /**
   * @param places how many wake at once, 1 or more
   * @param inUse whether somebody waits for its answer now
   */
  WakeLane(int places, Predicate<InstanceId> inUse) {
    this.free = new Semaphore(places, true);
    this.inUse = inUse;
  }

  /** Waits for a place. */
  Place enter() throws InterruptedException {
    free.acquire();
    return new Place();
  }

  /** One that wakes; for one thread. */
  final class Place implements AutoCloseable {
    private final long entered = System.nanoTime();
    private boolean held = true;

    /** Gives the place to the next if this takes too long. */
    void check() {
      if (System.nanoTime() - entered > WAKING_AT_MOST.toNanos()) {
        close();
      }
    }

    /** Keeps the place while the first answers are made. */
    void awaitAnswers(InstanceId id) throws InterruptedException {
      long end = System.nanoTime() + ANSWERING_AT_MOST.toNanos();
      do {
        Thread.sleep(BEGINNING);
      } while (held && inUse.test(id) && System.nanoTime() < end);
    }

    @Override
    public void close() {
      if (held) {
        held = false;
        free.release();
      }
    }
  }
}
