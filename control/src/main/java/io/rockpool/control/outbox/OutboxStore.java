package io.rockpool.control.outbox;

import io.rockpool.channel.Place;
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
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the outbox. What changes them is given the transaction that it is a part of, and has
 * locked the row of their lane before it looks at them.
 */
final class OutboxStore {
  /** A chat in which there may be something to say. */
  record Due(String id, String connection, String chat) {}

  /** What there is to do in a lane. */
  sealed interface Step {
    /** Say this one. */
    record Say(OutboxMessage message) implements Step {}

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
  record Ended(OutboxMessage message, Verdict verdict) {}

  /** A part of an answer as it is before it has its words. */
  private record Draft(int part, State state) {}

  private static final String TO_SAY = "settled_at IS NULL AND state IN ('pending', 'sending')";

  private final Sql sql;
  private final OutboxRules rules;

  OutboxStore(Sql sql, OutboxRules rules) {
    this.sql = sql;
    this.rules = rules;
  }

  /** Whether its words are stored, wherever they are by now. */
  boolean isSaid(String key) {
    return !sql.query(
            "SELECT 1 FROM outbox_message WHERE delivery_key = ? AND state NOT IN ('drafting', 'draft') LIMIT 1",
            _ -> true,
            key)
        .isEmpty();
  }

  /** Whether nothing is to be said there before what comes now. */
  boolean isClear(String lane) {
    return sql.query(
            "SELECT 1 FROM outbox_message WHERE lane_id = ? AND " + TO_SAY + " LIMIT 1",
            _ -> true,
            lane)
        .isEmpty();
  }

  /** Whether nobody began it before. */
  boolean beginDraft(Sql it, Address to, int part, Instant now) {
    return insert(it, to, part, 0, State.DRAFTING, null, now) > 0;
  }

  void drafted(Sql it, String id, String posted) {
    it.update(
        "UPDATE outbox_message SET state = 'draft', posted = ? WHERE id = ? AND state = 'drafting'",
        posted,
        id);
  }

  void dropDraft(Sql it, String id) {
    it.update("DELETE FROM outbox_message WHERE id = ? AND state = 'drafting'", id);
  }

  /** Those that are posted, by part; null for one of which nobody knows. */
  SortedMap<Integer, @Nullable String> drafts(String key) {
    var drafts = new TreeMap<Integer, @Nullable String>();
    var _ =
        sql.query(
            "SELECT part, posted FROM outbox_message WHERE delivery_key = ? AND state IN ('drafting', 'draft')",
            row -> {
              drafts.put(row.getInt("part"), row.getString("posted"));
              return true;
            },
            key);
    return drafts;
  }

  /**
   * Stores words: those of drafts are edited into them.
   *
   * @return false when it has words already; then nothing was changed
   */
  boolean put(Sql it, Address to, List<SealedBytes> parts, Instant now) {
    lock(it, to, now);
    var there =
        it.query(
            "SELECT part, state FROM outbox_message WHERE delivery_key = ? ORDER BY part",
            row -> new Draft(row.getInt("part"), State.of(row.getString("state"))),
            to.key());
    if (there.stream()
        .anyMatch(draft -> draft.state() != State.DRAFTING && draft.state() != State.DRAFT)) {
      return false;
    }
    long sequence =
        it.query(
                "SELECT COALESCE(MAX(sequence), 0) FROM outbox_message WHERE lane_id = ? AND settled_at IS NULL",
                row -> row.getLong(1),
                to.laneId())
            .getFirst();
    for (int part = 0; part < parts.size(); part++) {
      int number = part;
      sequence++;
      if (there.stream().anyMatch(draft -> draft.part() == number)) {
        // One that is being posted may be there, or not: its words are said anew.
        it.update(
            """
            UPDATE outbox_message SET state = 'pending', sequence = ?, key_version = ?, sealed = ?, next_at = ?, expires_at = ?
            WHERE id = ?
            """,
            sequence,
            parts.get(part).keyVersion(),
            parts.get(part).bytes(),
            now.toEpochMilli(),
            now.plus(rules.timeToLive()).toEpochMilli(),
            to.id(part));
      } else {
        insert(it, to, part, sequence, State.PENDING, parts.get(part), now);
      }
    }
    return true;
  }

  private int insert(
      Sql it,
      Address to,
      int part,
      long sequence,
      State state,
      @Nullable SealedBytes sealed,
      Instant now) {
    var instance = to.instance();
    return it.update(
        """
        INSERT INTO outbox_message
        (id, delivery_key, part, sequence, lane_id, connection, platform, instance_id, account_id, chat, thread,
         state, key_version, sealed, created_at, expires_at, attempts, next_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
        ON CONFLICT (id) DO NOTHING
        """,
        to.id(part),
        to.key(),
        part,
        sequence,
        to.laneId(),
        to.connection(),
        to.platform(),
        instance == null ? null : instance.value(),
        to.accountId(),
        to.place().chat(),
        to.place().thread(),
        state.word(),
        sealed == null ? null : sealed.keyVersion(),
        sealed == null ? null : sealed.bytes(),
        now.toEpochMilli(),
        now.plus(rules.timeToLive()).toEpochMilli(),
        now.toEpochMilli());
  }

  /** Without a change it still locks the row: whoever gives the lane back sees what is put then. */
  private static void lock(Sql it, Address to, Instant now) {
    lane(it, to.laneId(), to.connection(), to.place().chat(), now);
  }

  private static void lane(Sql it, String id, String connection, String chat, Instant now) {
    it.update(
        """
        INSERT INTO outbox_lane (id, connection, chat, due_at, lease_until) VALUES (?, ?, ?, ?, 0)
        ON CONFLICT (id) DO UPDATE SET due_at = outbox_lane.due_at
        """,
        id,
        connection,
        chat,
        now.toEpochMilli());
  }

  /** What waits for a chat goes to another one from now on; messages of ours did not move along. */
  void move(Sql it, String connection, String from, String to, Instant now) {
    var old = Address.laneId(connection, from);
    var next = Address.laneId(connection, to);
    for (var chat : List.of(from, to).stream().sorted().toList()) {
      lane(it, Address.laneId(connection, chat), connection, chat, now);
    }
    it.update(
        """
        UPDATE outbox_message SET chat = ?, lane_id = ?, posted = NULL
        WHERE lane_id = ? AND settled_at IS NULL AND state = 'pending'
        """,
        to,
        next,
        old);
    it.update(
        "DELETE FROM outbox_message WHERE lane_id = ? AND state IN ('draft', 'drafting')", old);
  }

  /** Lanes that nobody holds, that have something to do, and whose platform wants no pause. */
  List<Due> due(Instant now) {
    long time = now.toEpochMilli();
    return sql.query(
        """
        SELECT id, connection, chat FROM outbox_lane WHERE due_at <= ? AND lease_until <= ? AND NOT EXISTS (
          SELECT 1 FROM outbox_hold WHERE outbox_hold.connection = outbox_lane.connection
          AND outbox_hold.chat IN ('', outbox_lane.chat) AND outbox_hold.until > ?)
        ORDER BY due_at, id LIMIT 1000
        """,
        row -> new Due(row.getString("id"), row.getString("connection"), row.getString("chat")),
        time,
        time,
        time);
  }

  /** When something is due that is not yet. */
  Optional<Instant> nextDue(Instant now) {
    return sql.query(
            """
            SELECT MIN(at) FROM (
              SELECT MIN(due_at) AS at FROM outbox_lane WHERE due_at > ?
              UNION ALL SELECT MIN(until) AS at FROM outbox_hold WHERE until > ?) AS times
            """,
            row -> {
              long at = row.getLong(1);
              return row.wasNull()
                  ? Optional.<Instant>empty()
                  : Optional.of(Instant.ofEpochMilli(at));
            },
            now.toEpochMilli(),
            now.toEpochMilli())
        .getFirst();
  }

  boolean isHeld(String connection, String chat, Instant now) {
    return isHeld(sql, connection, chat, now);
  }

  private static boolean isHeld(Sql it, String connection, String chat, Instant now) {
    return !it.query(
            "SELECT 1 FROM outbox_hold WHERE connection = ? AND chat IN ('', ?) AND until > ?",
            _ -> true,
            connection,
            chat,
            now.toEpochMilli())
        .isEmpty();
  }

  /**
   * The platform wants a pause in that chat. If it wants one in another chat, too, it is the bot
   * that says too much: then it pauses in all of them.
   *
   * @param whole whether it is known to be about the bot
   */
  void hold(Sql it, String connection, String chat, boolean whole, Instant until, Instant now) {
    boolean others =
        whole
            || !it.query(
                    "SELECT 1 FROM outbox_hold WHERE connection = ? AND chat <> ? AND until > ? LIMIT 1",
                    _ -> true,
                    connection,
                    chat,
                    now.toEpochMilli())
                .isEmpty();
    it.update(
        """
        INSERT INTO outbox_hold (connection, chat, until) VALUES (?, ?, ?)
        ON CONFLICT (connection, chat) DO UPDATE SET until =
          CASE WHEN outbox_hold.until > excluded.until THEN outbox_hold.until ELSE excluded.until END
        """,
        connection,
        others ? "" : chat,
        until.toEpochMilli());
  }

  /** Takes a lane that is due, and begins with its first message. */
  Step claim(Sql it, Due lane, String holder, Instant now) {
    int claimed =
        it.update(
            "UPDATE outbox_lane SET holder = ?, lease_until = ? WHERE id = ? AND due_at <= ? AND lease_until <= ?",
            holder,
            now.plus(rules.lease()).toEpochMilli(),
            lane.id(),
            now.toEpochMilli(),
            now.toEpochMilli());
    return claimed == 0 ? new Step.Lost() : first(it, lane, now, true);
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
            "UPDATE outbox_lane SET lease_until = ? WHERE id = ? AND holder = ?",
            now.plus(rules.lease()).toEpochMilli(),
            lane.id(),
            holder);
    if (held == 0) {
      return new Step.Lost();
    }
    var id = ended.message().id();
    switch (ended.verdict()) {
      case Verdict.Settled(var state, var posted, var reason) ->
          settle(it, id, state, posted, reason, now);
      case Verdict.Retry(var at, var reason) -> again(it, id, at, reason, 0);
      case Verdict.Pause(var until, var whole, var reason) -> {
        hold(it, lane.connection(), lane.chat(), whole, until, now);
        again(it, id, until, reason, 1);
      }
      case Verdict.Anew(var reason) -> {
        it.update("UPDATE outbox_message SET posted = NULL WHERE id = ?", id);
        again(it, id, now, reason, 0);
      }
    }
    return first(it, lane, now, goOn);
  }

  /**
   * @param back attempts that are not counted after all
   */
  private static void again(Sql it, String id, Instant at, String reason, int back) {
    it.update(
        "UPDATE outbox_message SET state = 'pending', next_at = ?, last_error = ?, attempts = attempts - ? WHERE id = ?",
        at.toEpochMilli(),
        reason,
        back,
        id);
  }

  /** In a lane whose row this transaction has changed. */
  private Step first(Sql it, Due lane, Instant now, boolean goOn) {
    while (true) {
      var first =
          it.query(
              "SELECT * FROM outbox_message WHERE lane_id = ? AND "
                  + TO_SAY
                  + " ORDER BY sequence, id LIMIT 1",
              OutboxStore::read,
              lane.id());
      if (first.isEmpty()) {
        it.update("DELETE FROM outbox_lane WHERE id = ?", lane.id());
        return new Step.Rest(false);
      }
      var message = first.getFirst();
      if (message.state() == State.SENDING && message.posted() == null) {
        settle(it, message.id(), Verdict.unknown("the server that said it was killed."), now);
      } else if (!now.isBefore(message.expiresAt())) {
        var last = message.lastError();
        var reason = "It was not said in time." + (last == null ? "" : " " + last);
        settle(it, message.id(), new Verdict.Settled(State.DEAD, null, reason), now);
      } else if (!goOn
          || message.nextAt().isAfter(now)
          || isHeld(it, lane.connection(), lane.chat(), now)) {
        it.update(
            "UPDATE outbox_lane SET holder = NULL, lease_until = 0, due_at = ? WHERE id = ?",
            Math.max(now.toEpochMilli(), message.nextAt().toEpochMilli()),
            lane.id());
        return new Step.Rest(true);
      } else {
        return new Step.Say(begin(it, message, now));
      }
    }
  }

  private static OutboxMessage begin(Sql it, OutboxMessage message, Instant now) {
    return it.change(
            "UPDATE outbox_message SET attempts = attempts + 1, tried_at = ?, state = 'sending' WHERE id = ? RETURNING *",
            OutboxStore::read,
            now.toEpochMilli(),
            message.id())
        .getFirst();
  }

  private static void settle(Sql it, String id, Verdict.Settled verdict, Instant now) {
    settle(it, id, verdict.state(), verdict.posted(), verdict.reason(), now);
  }

  /** Words are kept of nothing that has ended. */
  private static void settle(
      Sql it,
      String id,
      State state,
      @Nullable String posted,
      @Nullable String reason,
      Instant now) {
    it.update(
        """
        UPDATE outbox_message SET state = ?, posted = COALESCE(?, posted), settled_at = ?, last_error = ?,
        sealed = NULL, key_version = NULL WHERE id = ?
        """,
        state.word(),
        posted,
        now.toEpochMilli(),
        reason,
        id);
  }

  /** Empty when it was shredded. */
  Optional<SealedBytes> sealed(String id) {
    return sql
        .query(
            "SELECT key_version, sealed FROM outbox_message WHERE id = ? AND key_version IS NOT NULL",
            row -> new SealedBytes(row.getLong("key_version"), row.getBytes("sealed")),
            id)
        .stream()
        .findFirst();
  }

  void renew(Sql it, String lane, String holder, Instant now) {
    it.update(
        "UPDATE outbox_lane SET lease_until = ? WHERE id = ? AND holder = ?",
        now.plus(rules.lease()).toEpochMilli(),
        lane,
        holder);
  }

  void endLeases() {
    sql.update("UPDATE outbox_lane SET holder = NULL, lease_until = 0 WHERE holder IS NOT NULL");
  }

  /**
   * Newest first.
   *
   * @param before not null: only those behind it in the list
   */
  List<OutboxMessage> list(
      Actor actor,
      InstanceId instance,
      @Nullable State state,
      Outbox.@Nullable Position before,
      int limit) {
    return sql.query(
        """
        SELECT * FROM outbox_message WHERE instance_id = ? AND state = COALESCE(?, state) AND (created_at, id) < (?, ?)
        AND account_id = COALESCE(?, account_id) ORDER BY created_at DESC, id DESC LIMIT ?
        """,
        OutboxStore::read,
        instance.value(),
        state == null ? null : state.word(),
        before == null ? Long.MAX_VALUE : before.createdAt().toEpochMilli(),
        before == null ? "" : before.id(),
        actor instanceof Actor.User(var id) ? id : null,
        limit);
  }

  Optional<OutboxMessage> find(String id) {
    return sql.query("SELECT * FROM outbox_message WHERE id = ?", OutboxStore::read, id).stream()
        .findFirst();
  }

  Outbox.Counts counts(Instant now) {
    long pending = 0;
    long sending = 0;
    var oldest = Duration.ZERO;
    for (var waiting :
        sql.query(
            "SELECT state, COUNT(*) AS number, MIN(created_at) AS oldest FROM outbox_message WHERE "
                + TO_SAY
                + " GROUP BY state",
            row ->
                new Waiting(
                    State.of(row.getString("state")),
                    row.getLong("number"),
                    row.getLong("oldest")))) {
      if (waiting.state() == State.SENDING) {
        sending = waiting.number();
      } else {
        pending = waiting.number();
      }
      var age = Duration.ofMillis(now.toEpochMilli() - waiting.oldest());
      oldest = age.compareTo(oldest) > 0 ? age : oldest;
    }
    return new Outbox.Counts(pending, sending, oldest);
  }

  private record Waiting(State state, long number, long oldest) {}

  /** Forgets some of those that are not needed any more; returns how many. */
  int sweep(Sql it, Instant now, int limit) {
    long before = now.minus(rules.remembered()).toEpochMilli();
    it.update("DELETE FROM outbox_hold WHERE until <= ?", now.toEpochMilli());
    it.update(
        "DELETE FROM outbox_message WHERE state IN ('drafting', 'draft') AND created_at < ?",
        before);
    return it.update(
        """
        DELETE FROM outbox_message WHERE id IN (
          SELECT id FROM outbox_message WHERE settled_at IS NOT NULL AND settled_at < ? LIMIT ? %s)
        """
            .formatted(it.lockUnlocked()),
        before,
        limit);
  }

  private static OutboxMessage read(ResultSet row) throws SQLException {
    var instance = row.getString("instance_id");
    return new OutboxMessage(
        row.getString("id"),
        row.getString("delivery_key"),
        row.getInt("part"),
        row.getString("connection"),
        row.getString("platform"),
        instance == null ? null : new InstanceId(instance),
        row.getString("account_id"),
        new Place(row.getString("chat"), row.getString("thread")),
        row.getString("posted"),
        State.of(row.getString("state")),
        row.getInt("attempts"),
        Instant.ofEpochMilli(row.getLong("created_at")),
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
