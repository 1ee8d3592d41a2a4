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

  private final Sql sql;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition appended = lock.newCondition();
  private long count;

  public Events(Sql sql, InstantSource clock) {
    this.sql = sql;
    this.clock = clock;
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
    Added added;
    do {
      added = add(transaction, instance, kind, null, message);
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

  /** Removes all events of what does not exist after all. */
  public void forget(InstanceId instance) {
    sql.update("DELETE FROM event WHERE instance_id = ?", instance.value());
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
    int inserted =
        it.update(
            "INSERT INTO event (instance_id, id, time, kind, progress, message) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (instance_id, id) DO NOTHING",
            instance.value(),
            id,
            clock.millis(),
            kind,
            progress,
            message);
    it.update("DELETE FROM event WHERE instance_id = ? AND id <= ?", instance.value(), id - KEPT);
    return inserted == 1 ? Added.YES : Added.OVERTAKEN;
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
