package io.rockpool.control.sleep;

import io.rockpool.control.instance.Instance;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Usage;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Lets frozen instances wake a few at a time, in the order in which they came: many that read their
 * memory back and start their threads at once keep each other from answering (ADR 17).
 */
final class WakeLane {
  /** Then it is not the memory that it waits for. */
  private static final Duration WAKING_AT_MOST = Duration.ofSeconds(10);

  private static final Duration ANSWERING_AT_MOST = Duration.ofSeconds(30);

  /** So long it takes at most until those who waited for it have begun to use it. */
  private static final Duration BEGINNING = Duration.ofMillis(50);

  private static final Duration LOOK = Duration.ofMillis(500);

  /** One that waits for its model grows less than this from one look to the next. */
  private static final long CALM_BYTES = 4L << 20;

  private final Semaphore free;
  private final Predicate<InstanceId> inUse;
  private final Function<Instance, Optional<Usage>> meter;

  /**
   * @param places how many wake at once, 1 or more
   * @param inUse whether somebody waits for its answer now
   * @param meter what it uses of its host; empty where nobody can tell
   */
  WakeLane(int places, Predicate<InstanceId> inUse, Function<Instance, Optional<Usage>> meter) {
    this.free = new Semaphore(places, true);
    this.inUse = inUse;
    this.meter = meter;
  }

  /** Waits for a place. */
  Place enter() throws InterruptedException {
    free.acquire();
    return new Place();
  }

  /** Whether it waits for its model, and not for its memory or a processor. */
  private static boolean isCalm(Optional<Usage> before, Optional<Usage> now) {
    return before.isPresent()
        && now.isPresent()
        && now.get().cpu().minus(before.get().cpu()).compareTo(LOOK.dividedBy(4)) < 0
        && now.get().memoryBytes() - before.get().memoryBytes() < CALM_BYTES;
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
    void awaitAnswers(Instance instance) throws InterruptedException {
      long end = System.nanoTime() + ANSWERING_AT_MOST.toNanos();
      Thread.sleep(BEGINNING);
      var before = meter.apply(instance);
      long looked = System.nanoTime();
      while (held && inUse.test(instance.id()) && System.nanoTime() < end) {
        Thread.sleep(BEGINNING);
        if (System.nanoTime() - looked >= LOOK.toNanos()) {
          var now = meter.apply(instance);
          if (isCalm(before, now)) {
            return;
          }
          before = now;
          looked = System.nanoTime();
        }
      }
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
