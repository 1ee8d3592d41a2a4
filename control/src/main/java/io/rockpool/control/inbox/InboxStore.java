package io.rockpool.control.inbox;

import io.rockpool.control.account.Actor;
import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.Vault.SealedBytes;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the inbox. What changes them is given the transaction that it is a part of. Whoever
 * changes messages of a lane has locked the lane's row before it looks at them, or does so before
 * it ends: so no message is left without a lane.
 */
final class InboxStore {
  /** A lane that somebody should look at. */
  record Due(String id, InstanceId instance) {}

  /** What there is to do in a lane. */
  sealed interface Step {
    /**
     * Deliver this one.
     *
     * @param takenOver whether it was under way when its server died, or lost its lane
     */
    record Deliver(InboxMessage message, boolean takenOver) implements Step {}

    /**
     * Nothing now: the lane was given back.
     *
     * @param more whether something is left in it
     */
    record Rest(boolean more) implements Step {}

    /** Another one has the lane. */
    record Lost() implements Step {}
  }

  /** An attempt that ended. */
  record Ended(InboxMessage message, Verdict verdict) {}

  private final Sql sql;
  private final InboxRules rules;
  private final DeadLetters deadLetters;

  InboxStore(Sql sql, InboxRules rules, DeadLetters deadLetters) {
    this.sql = sql;
    this.rules = rules;
    this.deadLetters = deadLetters;
  }

  /**
   * @param full whether so many wait already that only those which are known are not refused
   */
  Accepted accept(Sql it, InboundMessage message, SealedBytes sealed, boolean full, Instant now) {
    if (full) {
      return notStored(it, message);
    }
    long time = now.toEpochMilli();
    int stored =
        it.update(
            """
            INSERT INTO inbox_message
            (id, sequence, instance_id, account_id, connection, message_id, platform, lane, lane_id, state,
             key_version, sealed, received_at, expires_at, attempts, uncertain, next_at)
            SELECT ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM inbox_message WHERE instance_id = instance.id),
             instance.id, ?, ?, ?, ?, ?, ?, 'received', ?, ?, ?, ?, 0, 0, ?
            FROM instance WHERE instance.id = ?
            ON CONFLICT (id) DO NOTHING
            """,
            message.key(),
            message.accountId(),
            message.connection(),
            message.messageId(),
            message.platform(),
            message.lane(),
            message.laneId(),
            sealed.keyVersion(),
            sealed.bytes(),
            time,
            now.plus(rules.timeToLive()).toEpochMilli(),
            time,
            message.instance().value());
    if (stored == 0) {
      return notStored(it, message);
    }
    // Without a change it still locks the row: whoever gives the lane back sees this message then.
    it.update(
        """
        INSERT INTO inbox_lane (id, instance_id, due_at, lease_until) VALUES (?, ?, ?, 0)
        ON CONFLICT (id) DO UPDATE SET due_at = inbox_lane.due_at
        """,
        message.laneId(),
        message.instance().value(),
        time);
    return Accepted.ACCEPTED;
  }

  /** Keeps one that nobody can deliver as it is: dead from the beginning, in no lane. */
  Accepted bury(Sql it, InboundMessage message, SealedBytes sealed, String reason, Instant now) {
    long time = now.toEpochMilli();
    int stored =
        it.update(
            """
            INSERT INTO inbox_message
            (id, sequence, instance_id, account_id, connection, message_id, platform, lane, lane_id, state,
             key_version, sealed, received_at, expires_at, attempts, uncertain, next_at, settled_at, last_error)
            SELECT ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM inbox_message WHERE instance_id = instance.id),
             instance.id, ?, ?, ?, ?, ?, ?, 'dead', ?, ?, ?, ?, 0, 0, ?, ?, ?
            FROM instance WHERE instance.id = ?
            ON CONFLICT (id) DO NOTHING
            """,
            message.key(),
            message.accountId(),
            message.connection(),
            message.messageId(),
            message.platform(),
            message.lane(),
            message.laneId(),
            sealed.keyVersion(),
            sealed.bytes(),
            time,
            now.plus(rules.timeToLive()).toEpochMilli(),
            time,
            time,
            reason,
            message.instance().value());
    return stored > 0 ? Accepted.ACCEPTED : notStored(it, message);
  }

  private static Accepted notStored(Sql it, InboundMessage message) {
    return isThere(it, "SELECT 1 FROM inbox_message WHERE id = ?", message.key())
        ? Accepted.DUPLICATE
        : isThere(it, "SELECT 1 FROM instance WHERE id = ?", message.instance().value())
            ? Accepted.FULL
            : Accepted.GONE;
  }

  /** How many messages of an instance wait or are being delivered. */
  long waiting(InstanceId instance) {
    return sql.query(
            "SELECT COUNT(*) FROM inbox_message WHERE instance_id = ? AND settled_at IS NULL",
            row -> row.getLong(1),
            instance.value())
        .getFirst();
  }

  private static boolean isThere(Sql it, String query, String id) {
    return !it.query(query, _ -> true, id).isEmpty();
  }

  /**
   * Lanes that nobody holds and that have something to do now; of each instance so many that there
   * is one too many even where those are among them whose claim is under way.
   */
  List<Due> due(Instant now) {
    return sql.query(
        """
        SELECT id, instance_id FROM (
          SELECT id, instance_id, due_at, ROW_NUMBER() OVER (PARTITION BY instance_id ORDER BY due_at, id) AS place
          FROM inbox_lane WHERE due_at <= ? AND lease_until <= ?) AS lanes
        WHERE place <= ? ORDER BY due_at, id
        """,
        row -> new Due(row.getString("id"), new InstanceId(row.getString("instance_id"))),
        now.toEpochMilli(),
        now.toEpochMilli(),
        2 * rules.atOnce() + 1);
  }

  /** When the next lane is due that is not yet. */
  Optional<Instant> nextDue(Instant now) {
    return sql
        .query(
            "SELECT due_at FROM inbox_lane WHERE due_at > ? ORDER BY due_at LIMIT 1",
            row -> Instant.ofEpochMilli(row.getLong("due_at")),
            now.toEpochMilli())
        .stream()
        .findFirst();
  }

  /** Takes a lane that is due, and begins with its first message. */
  Step claim(Sql it, Due lane, String holder, Instant now) {
    int claimed =
        it.update(
            "UPDATE inbox_lane SET holder = ?, lease_until = ? WHERE id = ? AND due_at <= ? AND lease_until <= ?",
            holder,
            now.plus(rules.lease()).toEpochMilli(),
            lane.id(),
            now.toEpochMilli(),
            now.toEpochMilli());
    if (claimed == 0) {
      return new Step.Lost();
    }
    return beginFresh(it, lane, now)
        .<Step>map(message -> new Step.Deliver(message, false))
        .orElseGet(() -> first(it, lane, now, true));
  }

  /**
   * Writes down how an attempt ended, and begins with the next message. Nothing is written when the
   * lane is another's by now.
   *
   * @param goOn whether to begin; otherwise the lane is given back
   */
  Step next(Sql it, Due lane, String holder, Ended ended, Instant now, boolean goOn) {
    int held =
        it.update(
            "UPDATE inbox_lane SET lease_until = ? WHERE id = ? AND holder = ?",
            now.plus(rules.lease()).toEpochMilli(),
            lane.id(),
            holder);
    if (held == 0) {
      return new Step.Lost();
    }
    switch (ended.verdict()) {
      case Verdict.Settled(var state, var reason) ->
          settle(it, ended.message(), state, reason, now);
      case Verdict.Retry(var at, var reason, var uncertain, var counted) ->
          it.update(
              """
              UPDATE inbox_message SET state = 'received', next_at = ?, last_error = ?, attempts = attempts - ?,
              uncertain = CASE WHEN ? = 1 THEN 1 ELSE uncertain END WHERE id = ?
              """,
              at.toEpochMilli(),
              reason,
              counted ? 0L : 1L,
              uncertain ? 1L : 0L,
              ended.message().key());
    }
    // Its row is changed, so nobody adds a message before this transaction ends.
    return isEmptied(it, lane) ? new Step.Rest(false) : first(it, lane, now, goOn);
  }

  /** Most lanes have one message: then it is gone by one statement. */
  private static boolean isEmptied(Sql it, Due lane) {
    return it.update(
            """
            DELETE FROM inbox_lane WHERE id = ? AND NOT EXISTS (
              SELECT 1 FROM inbox_message WHERE instance_id = ? AND lane_id = ? AND settled_at IS NULL)
            """,
            lane.id(),
            lane.instance().value(),
            lane.id())
        > 0;
  }

  /** In a lane whose row this transaction has changed. */
  private Step first(Sql it, Due lane, Instant now, boolean goOn) {
    while (true) {
      var first =
          it.query(
              """
              SELECT * FROM inbox_message WHERE instance_id = ? AND lane_id = ? AND settled_at IS NULL
              ORDER BY sequence, id LIMIT 1
              """,
              InboxStore::read,
              lane.instance().value(),
              lane.id());
      if (first.isEmpty()) {
        it.update("DELETE FROM inbox_lane WHERE id = ?", lane.id());
        return new Step.Rest(false);
      }
      var message = first.getFirst();
      if (!now.isBefore(message.expiresAt())) {
        var reason = "It was not delivered in time.";
        var last = message.lastError();
        settle(it, message, State.DEAD, last == null ? reason : reason + " " + last, now);
      } else if (!goOn || message.nextAt().isAfter(now)) {
        it.update(
            "UPDATE inbox_lane SET holder = NULL, lease_until = 0, due_at = ? WHERE id = ?",
            Math.max(now.toEpochMilli(), message.nextAt().toEpochMilli()),
            lane.id());
        return new Step.Rest(true);
      } else {
        return new Step.Deliver(begin(it, message, now), message.state() == State.DELIVERING);
      }
    }
  }

  /** Most first messages are due, and nobody has begun with them. */
  private static Optional<InboxMessage> beginFresh(Sql it, Due lane, Instant now) {
    return it
        .change(
            """
            UPDATE inbox_message SET attempts = attempts + 1, tried_at = ?, state = 'delivering'
            WHERE state = 'received' AND next_at <= ? AND expires_at > ? AND id = (
              SELECT id FROM inbox_message WHERE instance_id = ? AND lane_id = ? AND settled_at IS NULL
              ORDER BY sequence, id LIMIT 1)
            RETURNING *
            """,
            InboxStore::read,
            now.toEpochMilli(),
            now.toEpochMilli(),
            now.toEpochMilli(),
            lane.instance().value(),
            lane.id())
        .stream()
        .findFirst();
  }

  private static InboxMessage begin(Sql it, InboxMessage message, Instant now) {
    return it.change(
            """
            UPDATE inbox_message SET attempts = attempts + 1, tried_at = ?,
            uncertain = CASE WHEN state = 'delivering' THEN 1 ELSE uncertain END, state = 'delivering'
            WHERE id = ? RETURNING *
            """,
            InboxStore::read,
            now.toEpochMilli(),
            message.key())
        .getFirst();
  }

  /** Contents are kept of those only that can be replayed. */
  private void settle(
      Sql it, InboxMessage message, State state, @Nullable String reason, Instant now) {
    int settled =
        it.update(
            "UPDATE inbox_message SET state = ?, settled_at = ?, last_error = ?"
                + (state == State.DEAD ? "" : ", sealed = NULL, key_version = NULL")
                + " WHERE id = ?",
            state.word(),
            now.toEpochMilli(),
            reason,
            message.key());
    if (settled == 1 && state == State.DEAD) {
      deadLetters.givenUp(it, message, reason == null ? "" : reason);
    }
  }

  /** Of a message whose content was neither dropped nor shredded. */
  Optional<SealedBytes> sealed(String key) {
    return sql
        .query(
            "SELECT key_version, sealed FROM inbox_message WHERE id = ? AND key_version IS NOT NULL",
            row -> new SealedBytes(row.getLong("key_version"), row.getBytes("sealed")),
            key)
        .stream()
        .findFirst();
  }

  void renew(Sql it, String lane, String holder, Instant now) {
    it.update(
        "UPDATE inbox_lane SET lease_until = ? WHERE id = ? AND holder = ?",
        now.plus(rules.lease()).toEpochMilli(),
        lane,
        holder);
  }

  void endLeases() {
    sql.update("UPDATE inbox_lane SET holder = NULL, lease_until = 0 WHERE holder IS NOT NULL");
  }

  /**
   * Newest first.
   *
   * @param before not null: only those behind it in the list
   */
  List<InboxMessage> list(
      Actor actor,
      InstanceId instance,
      @Nullable State state,
      Inbox.@Nullable Position before,
      int limit) {
    return sql.query(
        """
        SELECT * FROM inbox_message WHERE instance_id = ? AND state = COALESCE(?, state) AND (sequence, id) < (?, ?)
        AND account_id = COALESCE(?, account_id) ORDER BY sequence DESC, id DESC LIMIT ?
        """,
        InboxStore::read,
        instance.value(),
        state == null ? null : state.word(),
        before == null ? Long.MAX_VALUE : before.sequence(),
        before == null ? "" : before.key(),
        owner(actor),
        limit);
  }

  Optional<InboxMessage> find(Sql it, Actor actor, InstanceId instance, String key) {
    return it
        .query(
            "SELECT * FROM inbox_message WHERE id = ? AND instance_id = ? AND account_id = COALESCE(?, account_id)",
            InboxStore::read,
            key,
            instance.value(),
            owner(actor))
        .stream()
        .findFirst();
  }

  Optional<String> laneOf(String key) {
    return sql
        .query("SELECT lane_id FROM inbox_message WHERE id = ?", row -> row.getString(1), key)
        .stream()
        .findFirst();
  }

  private static @Nullable String owner(Actor actor) {
    return actor instanceof Actor.User(var id) ? id : null;
  }

  /** Whether it was dead and has a content. */
  boolean replay(Sql it, InboxMessage message, String lane, Instant now) {
    int replayed =
        it.update(
            """
            UPDATE inbox_message SET state = 'received', attempts = 0, next_at = ?, expires_at = ?, settled_at = NULL
            WHERE id = ? AND state = 'dead' AND key_version IS NOT NULL
            """,
            now.toEpochMilli(),
            now.plus(rules.timeToLive()).toEpochMilli(),
            message.key());
    if (replayed == 0) {
      return false;
    }
    it.update(
        """
        INSERT INTO inbox_lane (id, instance_id, due_at, lease_until) VALUES (?, ?, ?, 0)
        ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at
        """,
        lane,
        message.instance().value(),
        now.toEpochMilli());
    return true;
  }

  Counts counts(Instant now) {
    var oldest =
        sql.query(
            "SELECT state, COUNT(*) AS number, MIN(received_at) AS oldest FROM inbox_message WHERE settled_at IS NULL GROUP BY state",
            row ->
                new Waiting(
                    State.of(row.getString("state")),
                    row.getLong("number"),
                    row.getLong("oldest")));
    var dead =
        sql.query("SELECT COUNT(*) FROM inbox_message WHERE state = 'dead'", row -> row.getLong(1));
    return new Counts(
        number(oldest, State.RECEIVED),
        number(oldest, State.DELIVERING),
        dead.getFirst(),
        oldest.stream()
            .map(it -> Duration.ofMillis(now.toEpochMilli() - it.oldest()))
            .reduce(Duration.ZERO, (a, b) -> a.compareTo(b) > 0 ? a : b));
  }

  private record Waiting(State state, long number, long oldest) {}

  private static long number(List<Waiting> all, State state) {
    return all.stream().filter(it -> it.state() == state).mapToLong(Waiting::number).sum();
  }

  /** Forgets some of those that are not needed any more; returns how many. */
  int sweep(Sql it, Instant now, int limit) {
    return it.update(
        """
        DELETE FROM inbox_message WHERE id IN (
          SELECT id FROM inbox_message WHERE settled_at IS NOT NULL
          AND (settled_at < ? OR settled_at < ? AND state <> 'dead') LIMIT ? %s)
        """
            .formatted(it.lockUnlocked()),
        now.minus(rules.deadKept()).toEpochMilli(),
        now.minus(rules.remembered()).toEpochMilli(),
        limit);
  }

  private static InboxMessage read(ResultSet row) throws SQLException {
    return new InboxMessage(
        row.getString("id"),
        row.getLong("sequence"),
        new InstanceId(row.getString("instance_id")),
        row.getString("account_id"),
        row.getString("connection"),
        row.getString("message_id"),
        row.getString("platform"),
        row.getString("lane"),
        State.of(row.getString("state")),
        row.getInt("attempts"),
        row.getLong("uncertain") != 0,
        Instant.ofEpochMilli(row.getLong("received_at")),
        Instant.ofEpochMilli(row.getLong("expires_at")),
        Instant.ofEpochMilli(row.getLong("next_at")),
        time(row, "tried_at"),
        time(row, "settled_at"),
        row.getString("last_error"));
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    long time = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(time);
  }
}
