package io.rockpool.control.sleep;

import io.rockpool.control.instance.InstanceStore;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which instances are needed, as this server sees it. Noted in memory, and told to the store all
 * together every second, so that every replica knows; an instance that is needed all the time is
 * told about every five seconds. It wakes nobody: what passes to an instance waited for that
 * before.
 */
public final class Activity implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Activity.class);

  private static final Duration EVERY = Duration.ofSeconds(1);

  /** Well below the shortest time after which anybody falls asleep. */
  private static final Duration AGAIN = Duration.ofSeconds(5);

  /** More ids than this in one statement is more than the databases like. */
  private static final int AT_ONCE = 500;

  private final InstanceStore store;
  private final InstantSource clock;
  private final Map<InstanceId, Mark> marks = new ConcurrentHashMap<>();
  private final Map<InstanceId, Instant> told = new HashMap<>();
  private final Thread teller = Thread.ofVirtual().name("activity").unstarted(this::tell);

  private static final class Mark {
    final AtomicInteger open = new AtomicInteger();
    volatile boolean used;
  }

  public Activity(InstanceStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Begins to tell the store. */
  public void start() {
    teller.start();
  }

  /** It is needed now. Never blocks. */
  public void used(InstanceId id) {
    marks.computeIfAbsent(id, _ -> new Mark()).used = true;
  }

  /** It is needed until {@link #ended} is called. Never blocks. */
  public void began(InstanceId id) {
    marks.compute(
        id,
        (_, mark) -> {
          var found = mark == null ? new Mark() : mark;
          found.open.incrementAndGet();
          found.used = true;
          return found;
        });
  }

  /** Something that had begun is over. */
  public void ended(InstanceId id) {
    var mark = marks.get(id);
    if (mark != null) {
      mark.used = true;
      mark.open.decrementAndGet();
    }
  }

  /** Whether something has begun, on this server, that is not over. */
  boolean isNeeded(InstanceId id) {
    var mark = marks.get(id);
    return mark != null && mark.open.get() > 0;
  }

  private void tell() {
    try {
      while (true) {
        Thread.sleep(EVERY);
        try {
          flush();
        } catch (RuntimeException e) {
          log.atWarn().setCause(e).log("Cannot note which instances are needed; trying again");
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells the store what is new. */
  void flush() {
    var now = clock.instant();
    var due = new ArrayList<InstanceId>();
    marks.forEach((id, mark) -> {
      if (mark.used || mark.open.get() > 0) {
        if (!now.isBefore(told.getOrDefault(id, Instant.EPOCH).plus(AGAIN))) {
          due.add(id);
        }
      } else {
        marks.computeIfPresent(
            id, (_, it) -> it.used || it.open.get() > 0 ? it : null); // nobody holds it
      }
    });
    for (int from = 0; from < due.size(); from += AT_ONCE) {
      touch(due.subList(from, Math.min(due.size(), from + AT_ONCE)), now);
    }
    told.values().removeIf(it -> now.isAfter(it.plus(AGAIN)));
  }

  private void touch(Collection<InstanceId> ids, Instant now) {
    for (var id : ids) {
      var mark = marks.get(id);
      if (mark != null) {
        mark.used = false; // before it is told: what comes meanwhile is told next time
      }
    }
    store.touch(ids, now);
    ids.forEach(id -> told.put(id, now));
  }

  @Override
  public void close() {
    teller.interrupt();
  }
}
