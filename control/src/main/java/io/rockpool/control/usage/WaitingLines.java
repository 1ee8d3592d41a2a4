package io.rockpool.control.usage;

import io.rockpool.control.usage.Ledger.Reservation;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Calls that wait until others have settled, or a minute has moved on: in order, and only the first
 * of a line asks again, so that five hundred that wait do not ask all at once. There is a line for
 * each account and each instance: who waits for its budget or its quota keeps nobody waiting whom
 * another one does.
 */
final class WaitingLines {
  /** Another server's calls are not told here, nor is time: the first asks again after this. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

  private static final class Line {
    final Semaphore first = new Semaphore(1, true);
    final Semaphore bell = new Semaphore(0);
    int waiting; // guarded by the map
  }

  private final ConcurrentHashMap<String, Line> lines = new ConcurrentHashMap<>();

  /** Something that was set aside has come free. */
  void settled(BudgetOwner owner) {
    lines.computeIfPresent(
        owner.key(),
        (_, line) -> {
          line.bell.release();
          return line;
        });
  }

  /**
   * Asks, whenever something has come free, until the answer is one that no waiting mends, or
   * patience is at its end.
   *
   * @param mends whether waiting may mend an answer
   * @param ask with true when patience is at its end
   */
  Reservation wait(
      BudgetOwner owner,
      Duration patience,
      Predicate<Verdict> mends,
      Function<Boolean, Reservation> ask)
      throws InterruptedException {
    var line =
        lines.compute(
            owner.key(),
            (_, there) -> {
              var it = there == null ? new Line() : there;
              it.waiting++;
              return it;
            });
    try {
      var end = System.nanoTime() + patience.toNanos();
      if (!line.first.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        return ask.apply(true);
      }
      try {
        while (true) {
          line.bell.drainPermits();
          var left = end - System.nanoTime();
          var reservation = ask.apply(left <= 0);
          if (left <= 0 || !mends.test(reservation.verdict())) {
            return reservation;
          }
          line.bell.tryAcquire(Math.min(left, LOOK_AGAIN.toNanos()), TimeUnit.NANOSECONDS);
        }
      } finally {
        line.first.release();
      }
    } finally {
      lines.computeIfPresent(owner.key(), (_, it) -> --it.waiting == 0 ? null : it);
    }
  }
}
