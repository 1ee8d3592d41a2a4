package io.rockpool.edge;

import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How much work a gateway is given at once: requests that may each begin a turn. More wait here, in
 * their order. A gateway that gets a thousand such requests at once begins them all, answers
 * nothing for a minute, not even whether it lives, and is restarted (measured on 2026.9.6).
 */
public final class Turns {
  /** As many as an instance may call its model at once. */
  public static final int AT_ONCE = 16;

  /** How long one waits. */
  public static final Duration PATIENCE = Duration.ofMinutes(1);

  private final int atOnce;
  private final Duration patience;
  private final ConcurrentHashMap<InstanceId, Queue> queues = new ConcurrentHashMap<>();

  /** Those who work and those who wait. */
  private final class Queue {
    final Semaphore places = new Semaphore(atOnce, true);
    int members;
  }

  public Turns() {
    this(AT_ONCE, PATIENCE);
  }

  /**
   * @param atOnce 1 or more
   */
  Turns(int atOnce, Duration patience) {
    this.atOnce = atOnce;
    this.patience = patience;
  }

  /**
   * Takes a place; waits for one. Who got one gives it back by {@link #leave}.
   *
   * @return false when there was none for too long
   */
  public boolean enter(InstanceId id) throws InterruptedException {
    var queue = join(id);
    boolean entered = false;
    try {
      entered = queue.places.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      if (!entered) {
        part(id);
      }
    }
    return entered;
  }

  /** Takes a place if nobody has to wait for one. */
  boolean enterAtOnce(InstanceId id) {
    var queue = join(id);
    boolean entered = !queue.places.hasQueuedThreads() && queue.places.tryAcquire();
    if (!entered) {
      part(id);
    }
    return entered;
  }

  /** Gives a place back. */
  public void leave(InstanceId id) {
    queues.computeIfPresent(
        id,
        (_, queue) -> {
          queue.places.release();
          return without(queue);
        });
  }

  private Queue join(InstanceId id) {
    return queues.compute(
        id,
        (_, present) -> {
          var queue = present == null ? new Queue() : present;
          queue.members++;
          return queue;
        });
  }

  private void part(InstanceId id) {
    queues.computeIfPresent(id, (_, queue) -> without(queue));
  }

  private static @Nullable Queue without(Queue queue) {
    return --queue.members == 0 ? null : queue;
  }
}
