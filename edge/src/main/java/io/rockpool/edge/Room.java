package io.rockpool.edge;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Memory for what others send: so much for all of them, and a part of it for each. Who finds none
 * is told at once.
 *
 * @param <K> who they are
 */
public final class Room<K> {
  private static final int KIB = 1 << 10;

  private final Semaphore all;
  private final int share;
  private final ConcurrentHashMap<K, Integer> taken = new ConcurrentHashMap<>();

  /**
   * @param bytes for all, 1 KiB or more
   * @param share for each, in bytes, 1 KiB or more
   */
  public Room(long bytes, long share) {
    this.all = new Semaphore(kib(bytes));
    this.share = kib(share);
  }

  private static int kib(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, bytes / KIB);
  }

  /** Takes so many KiB; false where there are none left. */
  public boolean take(K who, int more) {
    if (!all.tryAcquire(more)) {
      return false;
    }
    var isTaken = new boolean[1];
    taken.compute(
        who,
        (_, before) -> {
          long now = (before == null ? 0L : before) + more;
          isTaken[0] = now <= share;
          return isTaken[0] ? Integer.valueOf((int) now) : before;
        });
    if (!isTaken[0]) {
      all.release(more);
    }
    return isTaken[0];
  }

  /** Gives so many KiB back that were taken. */
  public void giveBack(K who, int count) {
    taken.computeIfPresent(who, (_, before) -> before > count ? before - count : null);
    all.release(count);
  }
}
