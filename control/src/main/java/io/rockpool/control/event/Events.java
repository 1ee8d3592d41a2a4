package io.rockpool.control.event;

import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The events of instances. Reading them is not authorised here: ask for the instance first, with
 * the actor.
 */
public final class Events {
  /** So many of an instance are kept, the newest. */
  static final int KEPT = 500;

  /** Hears of events in the transaction that adds them. */
  @FunctionalInterface
  public interface Listener {
    /** Not called for what was said before. It must have no effect but on the database. */
    void heard(Sql transaction, InstanceId instance, Event event);
  }

  private final Sql sql;
  private final InstantSource clock;
  private final Listener listener;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition appended = lock.newCondition();
  private long count;

  /** Those that nobody else hears of. */
  public Events(Sql sql, InstantSource clock) {
    this(sql, clock, (_, _, _) -> {});
  }

  public Events(Sql sql, InstantSource clock, Listener listener) {
    this.sql = sql;
    this.clock = clock;
    this.listener = listener;
  }

  private enum Added {
    YES,
    SAID_BEFORE,
    /** Another replica took the number. */
    OVERTAKEN
  }

  /** Adds an event, unless it says the same as the last one. */
  public void append(InstanceId instance, String kind, @Nullable Integer progress, String message) {
    Added added;
    do {
      added = sql.transaction(it -> add(it, instance, kind, progress, message));
    } while (added == Added.OVERTAKEN);
    if (added == Added.YES) {
      lock.lock();
      try {
        count++;
        appended.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * The same in a transaction of the caller's, so that it is said if the rest is done. Whoever
   * waits for it sees it within a second of the commit.
   */
  public void append(Sql transaction, InstanceId instance, String kind, String message) {
    append(transaction, instance, kind, null, message);
  }

  /** The same, with progress. */
  public void append(
      Sql transaction,
      InstanceId instance,
      String kind,
      @Nullable Integer progress,
      String message) {
    Added added;
    do {
      added = add(transaction, instance, kind, progress, message);
    } while (added == Added.OVERTAKEN);
  }

  /** The id of the newest event; 0 where there is none. */
  public long newest(InstanceId instance) {
    return sql.query(
            "SELECT COALESCE(MAX(id), 0) FROM event WHERE instance_id = ?",
            row -> row.getLong(1),
            instance.value())
        .getFirst();
  }

  private Added add(
      Sql it, InstanceId instance, String kind, @Nullable Integer progress, String message) {
    var last =
        it
            .query(
                "SELECT * FROM event WHERE instance_id = ? ORDER BY id DESC LIMIT 1",
                Events::read,
                instance.value())
            .stream()
            .findFirst();
    if (last.filter(
            before ->
                before.kind().equals(kind)
                    && Objects.equals(before.progress(), progress)
                    && before.message().equals(message))
        .isPresent()) {
      return Added.SAID_BEFORE;
    }
    long id = last.map(Event::id).orElse(0L) + 1;
    long time = clock.millis();
    int inserted =
        it.update(
            "INSERT INTO event (instance_id, id, time, kind, progress, message) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (instance_id, id) DO NOTHING",
            instance.value(),
            id,
            time,
            kind,
            progress,
            message);
    it.update("DELETE FROM event WHERE instance_id = ? AND id <= ?", instance.value(), id - KEPT);
    if (inserted == 0) {
      return Added.OVERTAKEN;
    }
    listener.heard(
        it, instance, new Event(id, Instant.ofEpochMilli(time), kind, progress, message));
    return Added.YES;
  }

  /** At most {@code limit} events behind {@code id}, oldest first. */
  public List<Event> after(InstanceId instance, long id, int limit) {
    return sql.query(
        "SELECT * FROM event WHERE instance_id = ? AND id > ? ORDER BY id LIMIT ?",
        Events::read,
        instance.value(),
        id,
        limit);
  }

  /**
   * The same, but waits up to {@code patience} for the first. Events of other replicas are seen
   * within a second.
   */
  public List<Event> await(InstanceId instance, long id, int limit, Duration patience)
      throws InterruptedException {
    long left = patience.toNanos();
    while (true) {
      long before = count();
      var events = after(instance, id, limit);
      if (!events.isEmpty() || left <= 0) {
        return events;
      }
      long turn = Math.min(left, TimeUnit.SECONDS.toNanos(1));
      left -= turn - Math.max(0, awaitNext(before, turn));
    }
  }

  /** How many this server appended so far. */
  private long count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there are more than {@code before}; returns how much of the time is left. */
  private long awaitNext(long before, long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (count == before && left > 0) {
        left = appended.awaitNanos(left);
      }
      return left;
    } finally {
      lock.unlock();
    }
  }

  private static Event read(ResultSet row) throws SQLException {
    var progress = row.getInt("progress");
    var hasProgress = !row.wasNull(); // speaks of the column that was read last
    return new Event(
        row.getLong("id"),
        Instant.ofEpochMilli(row.getLong("time")),
        row.getString("kind"),
        hasProgress ? progress : null,
        row.getString("message"));
  }
}
