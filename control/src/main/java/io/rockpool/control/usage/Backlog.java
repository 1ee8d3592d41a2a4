package io.rockpool.control.usage;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls that have ended and could not be booked: in memory alone, until they can be. */
final class Backlog {
  private static final Logger log = LoggerFactory.getLogger(Backlog.class);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  /**
   * @param tries that failed since the first
   * @param due when the next one is
   */
  record Unbooked(
      Ask ask, Settlement settlement, Instant begun, Instant ended, int tries, Instant due) {
    Unbooked later(Instant now) {
      var pause = Duration.ofSeconds(1L << Math.min(tries, 30));
      return new Unbooked(
          ask,
          settlement,
          begun,
          ended,
          tries + 1,
          now.plus(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE));
    }
  }

  private final Queue<Unbooked> unbooked = new ConcurrentLinkedQueue<>();

  /** So many are in that queue, or are tried again right now. */
  private final AtomicInteger behind = new AtomicInteger();

  private final AtomicBoolean isFull = new AtomicBoolean();

  void add(Unbooked ended) {
    behind.incrementAndGet();
    unbooked.add(ended);
  }

  /** Whether too much waits to be booked for anything else to begin. */
  boolean isFull() {
    var full = behind.get() >= Ledger.MOST_UNBOOKED;
    if (isFull.getAndSet(full) != full) {
      if (full) {
        log.atError()
            .addKeyValue("waiting", behind.get())
            .log(
                "no model is called until the database books the calls that have ended: look after it");
      } else {
        log.atInfo().log("models are called again: the calls that had ended are being booked");
      }
    }
    return full;
  }

  /**
   * Books what is due for it.
   *
   * @param book fails as long as it is not possible
   * @param giveUp is told of what could not be booked for a day, and why
   */
  void tryAgain(
      Instant now, Consumer<Unbooked> book, BiConsumer<Unbooked, RuntimeException> giveUp) {
    for (int left = unbooked.size(); left > 0; left--) {
      Optional.ofNullable(unbooked.poll()).ifPresent(it -> tryAgain(it, now, book, giveUp));
    }
  }

  private void tryAgain(
      Unbooked it,
      Instant now,
      Consumer<Unbooked> book,
      BiConsumer<Unbooked, RuntimeException> giveUp) {
    if (now.isBefore(it.due())) {
      unbooked.add(it);
      return;
    }
    try {
      book.accept(it);
      behind.decrementAndGet();
    } catch (RuntimeException e) {
      if (now.isAfter(it.ended().plus(Ledger.TRIED))) {
        giveUp.accept(it, e);
        behind.decrementAndGet();
      } else {
        unbooked.add(it.later(now));
        log.atWarn()
            .addKeyValue("instance", it.ask().instance())
            .setCause(e)
            .log("a model call cannot be booked yet; trying again");
      }
    }
  }
}
