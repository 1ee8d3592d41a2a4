package io.rockpool.control.inbox;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import io.rockpool.control.account.Actor;
import io.rockpool.control.store.In;
import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.Vault.SealedBytes;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
     * @param sealed its content; null when it was shredded
     * @param takenOver whether it was under way when its server died, or lost its lane
     */
    record Deliver(InboxMessage message, @Nullable SealedBytes sealed, boolean takenOver)
        implements Step {}

    /**
     * Nothing now: the lane was given back.
     *
     * @param dueAt when there is something to do again; null when nothing is left in it
     */
    record Rest(@Nullable Instant dueAt) implements Step {}

    /** Another one has the lane. */
    record Lost() implements Step {}
  }

  /** An attempt that ended. */
  record Ended(InboxMessage message, Verdict verdict) {}

  /** What is to be done with a lane. */
  sealed interface Work {
    Due lane();

    /** Take it if it is due, and begin with its first message. */
    record Claim(Due lane) implements Work {}

    /**
     * Write down how an attempt ended, and begin with the next message. Nothing is written when the
     * lane is another's by now.
     *
     * @param goOn whether to begin; otherwise the lane is given back
     */
    record Next(Due lane, Ended ended, boolean goOn) implements Work {}
  }

  /**
   * One to keep.
   *
   * @param full whether so many wait already that only those which are known are not refused
   * @param holder who gets its lane and delivers it at once, should nothing else be in there; null
   *     where somebody is to look for it
   */
  record Arrival(
      InboundMessage message,
      Due lane,
      SealedBytes sealed,
      boolean full,
      @Nullable String holder) {}

  /**
   * What became of it.
   *
   * @param isBegun whether its holder has its lane now, and has begun
   */
  record Kept(Accepted accepted, boolean isBegun) {}

  /** A message that was begun with, as its row has it. */
  private record Begun(String laneId, InboxMessage message, @Nullable SealedBytes sealed) {
    static Begun read(ResultSet row) throws SQLException {
      long version = row.getLong("key_version");
      var sealed = row.wasNull() ? null : new SealedBytes(version, row.getBytes("sealed"));
      return new Begun(row.getString("lane_id"), InboxStore.read(row), sealed);
    }

    Step.Deliver step(boolean takenOver) {
      return new Step.Deliver(message, sealed, takenOver);
    }
  }

  private final Sql sql;
  private final InboxRules rules;
  private final DeadLetters deadLetters;

  InboxStore(Sql sql, InboxRules rules, DeadLetters deadLetters) {
    this.sql = sql;
    this.rules = rules;
    this.deadLetters = deadLetters;
  }

  /** Keeps messages, those of a lane in their order. */
  List<Kept> accept(Sql it, List<Arrival> arrivals, Instant now) {
    var lanes = new HashSet<String>();
    var wishes =
        arrivals.stream()
            .filter(arrival -> !arrival.full())
            .map(arrival ->
                new Wish(arrival, lanes.add(arrival.lane().id()) ? arrival.holder() : null))
            .toList();
    var kept =
        changed(
            wishes,
            it.updateAll(
                """
                INSERT INTO inbox_message
                (id, sequence, instance_id, account_id, connection, message_id, platform, lane, lane_id, state,
                 key_version, sealed, received_at, expires_at, attempts, uncertain, next_at, tried_at)
                SELECT ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM inbox_message WHERE instance_id = instance.id),
                 instance.id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?
                FROM instance WHERE instance.id = ?
                ON CONFLICT (id) DO NOTHING
                """,
                wishes.stream().map(wish -> row(wish, now)).toList()));
    // Without a change it still locks the row: whoever gives the lane back sees this message then.
    var opened =
        changed(
            kept,
            it.updateAll(
                """
                INSERT INTO inbox_lane (id, instance_id, due_at, holder, lease_until) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET due_at = inbox_lane.due_at WHERE excluded.holder IS NULL
                """,
                kept.stream().map(wish -> laneRow(wish, now)).toList()));
    var begun = new HashSet<>(opened.stream().filter(Wish::begins).toList());
    // Something else is in its lane: it waits for its turn.
    it.updateAll(
        "UPDATE inbox_message SET state = 'received', attempts = 0, tried_at = NULL WHERE id = ?",
        kept.stream()
            .filter(wish -> wish.begins() && !begun.contains(wish))
            .<@Nullable Object[]>map(wish -> new Object[] {wish.arrival().message().key()})
            .toList());
    var ends = new HashMap<Arrival, Kept>();
    kept.forEach(
        wish -> ends.put(wish.arrival(), new Kept(Accepted.ACCEPTED, begun.contains(wish))));
    return arrivals.stream()
        .map(arrival ->
            ends.computeIfAbsent(arrival, other -> new Kept(notStored(it, other.message()), false)))
        .toList();
  }

  /** One that there is room for; {@code holder} is null unless it is the first of its lane. */
  private record Wish(Arrival arrival, @Nullable String holder) {
    boolean begins() {
      return holder != null;
    }
  }

  /** Those whose rows were changed. */
  private static <T> List<T> changed(List<T> all, int[] rows) {
    return IntStream.range(0, rows.length).filter(i -> rows[i] > 0).mapToObj(all::get).toList();
  }

  private @Nullable Object[] row(Wish wish, Instant now) {
    var message = wish.arrival().message();
    var sealed = wish.arrival().sealed();
    long time = now.toEpochMilli();
    var state = wish.begins() ? State.DELIVERING : State.RECEIVED;
    return new Object[] {
      message.key(),
      message.accountId(),
      message.connection(),
      message.messageId(),
      message.platform(),
      message.lane(),
      wish.arrival().lane().id(),
      state.word(),
      sealed.keyVersion(),
      sealed.bytes(),
      time,
      now.plus(rules.timeToLive()).toEpochMilli(),
      wish.begins() ? 1L : 0L,
      time,
      wish.begins() ? time : null,
      message.instance().value()
    };
  }

  private @Nullable Object[] laneRow(Wish wish, Instant now) {
    var lane = wish.arrival().lane();
    return new Object[] {
      lane.id(),
      lane.instance().value(),
      now.toEpochMilli(),
      wish.holder(),
      wish.begins() ? now.plus(rules.lease()).toEpochMilli() : 0L
    };
  }

  /** Keeps one that nobody can deliver as it is: dead from the beginning, in no lane. */
  Accepted bury(Sql it, InboundMessage message, SealedBytes sealed, String reason, Instant now) {
    long time = now.toEpochMilli();
    var buried =
        it.change(
            """
            INSERT INTO inbox_message
            (id, sequence, instance_id, account_id, connection, message_id, platform, lane, lane_id, state,
             key_version, sealed, received_at, expires_at, attempts, uncertain, next_at, settled_at, last_error)
            SELECT ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM inbox_message WHERE instance_id = instance.id),
             instance.id, ?, ?, ?, ?, ?, ?, 'dead', ?, ?, ?, ?, 0, 0, ?, ?, ?
            FROM instance WHERE instance.id = ?
            ON CONFLICT (id) DO NOTHING RETURNING *
            """,
            InboxStore::read,
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
    buried.forEach(dead -> deadLetters.givenUp(it, dead, reason));
    return buried.isEmpty() ? notStored(it, message) : Accepted.ACCEPTED;
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
          FROM (
            SELECT id, instance_id, due_at FROM inbox_lane WHERE holder IS NULL AND due_at <= ?
            UNION ALL
            SELECT id, instance_id, due_at FROM inbox_lane WHERE holder IS NOT NULL AND lease_until <= ? AND due_at <= ?
          ) AS unheld) AS lanes
        WHERE place <= ? ORDER BY due_at, id
        """,
        row -> new Due(row.getString("id"), new InstanceId(row.getString("instance_id"))),
        now.toEpochMilli(),
        now.toEpochMilli(),
        now.toEpochMilli(),
        2 * rules.atOnce() + 1);
  }

  /** When the next lane is due that is not yet, and that nobody holds. */
  Optional<Instant> nextDue(Instant now) {
    return sql
        .query(
            "SELECT due_at FROM inbox_lane WHERE holder IS NULL AND due_at > ? ORDER BY due_at LIMIT 1",
            row -> Instant.ofEpochMilli(row.getLong("due_at")),
            now.toEpochMilli())
        .stream()
        .findFirst();
  }

  /** Does what is to be done with lanes, each of them once. */
  List<Step> work(Sql it, List<Work> all, String holder, Instant now) {
    var held = held(it, all, holder, now);
    var claimed = new ArrayList<Due>();
    var ended = new ArrayList<Work.Next>();
    for (var work : all) {
      if (held.contains(work.lane().id())) {
        switch (work) {
          case Work.Claim(var lane) -> claimed.add(lane);
          case Work.Next next -> ended.add(next);
        }
      }
    }
    hold(it, claimed, holder, now);
    var begun = beginFresh(it, claimed, now);
    write(it, ended.stream().map(Work.Next::ended).toList(), now);
    // Their rows are locked, so nobody adds a message before this transaction ends.
    var lanes = ended.stream().map(Work.Next::lane).toList();
    var emptied = emptied(it, lanes);
    hold(it, lanes.stream().filter(lane -> !emptied.contains(lane.id())).toList(), holder, now);
    return all.stream()
        .map(work -> {
          var lane = work.lane();
          var fresh = begun.get(lane.id());
          if (!held.contains(lane.id())) {
            return new Step.Lost();
          }
          if (fresh != null) {
            return fresh.step(false);
          }
          return emptied.contains(lane.id())
              ? new Step.Rest(null)
              : first(it, lane, now, !(work instanceof Work.Next next) || next.goOn());
        })
        .toList();
  }

  /** Which of the lanes are this holder's now. */
  private Set<String> held(Sql it, List<Work> all, String holder, Instant now) {
    var locked = locked(it, all.stream().map(Work::lane).toList());
    return all.stream()
        .filter(work -> {
          var row = locked.get(work.lane().id());
          return row != null
              && switch (work) {
                case Work.Claim _ -> row.isFree(now);
                case Work.Next _ -> holder.equals(row.holder());
              };
        })
        .map(work -> work.lane().id())
        .collect(toSet());
  }

  private record LaneRow(String id, @Nullable String holder, Instant dueAt, Instant leaseUntil) {
    boolean isFree(Instant now) {
      return !dueAt.isAfter(now) && !leaseUntil.isAfter(now);
    }
  }

  /** In the order of their ids, in which everybody locks them. */
  private static Map<String, LaneRow> locked(Sql it, List<Due> lanes) {
    return it
        .query(
            "SELECT id, holder, due_at, lease_until FROM inbox_lane WHERE id IN (%s) ORDER BY id%s"
                .formatted(In.places(lanes.size()), it.take()),
            row ->
                new LaneRow(
                    row.getString("id"),
                    row.getString("holder"),
                    Instant.ofEpochMilli(row.getLong("due_at")),
                    Instant.ofEpochMilli(row.getLong("lease_until"))),
            ids(lanes))
        .stream()
        .collect(toMap(LaneRow::id, Function.identity()));
  }

  private static Object[] ids(List<Due> lanes) {
    return In.values(lanes.stream().map(Due::id).toList());
  }

  /** They are this holder's for a while. */
  private void hold(Sql it, List<Due> lanes, String holder, Instant now) {
    if (!lanes.isEmpty()) {
      it.update(
          "UPDATE inbox_lane SET holder = ?, lease_until = ? WHERE id IN (%s)"
              .formatted(In.places(lanes.size())),
          with(ids(lanes), holder, now.plus(rules.lease()).toEpochMilli()));
    }
  }

  /** These values, and behind them those of a list. */
  private static @Nullable Object[] with(Object[] list, @Nullable Object... values) {
    return Stream.concat(Arrays.stream(values), Arrays.stream(list)).toArray();
  }

  private void write(Sql it, List<Ended> all, Instant now) {
    var settled = new HashMap<Verdict.Settled, List<String>>();
    for (var ended : all) {
      var key = ended.message().key();
      switch (ended.verdict()) {
        case Verdict.Settled end when end.state() != State.DEAD ->
            settled.computeIfAbsent(end, _ -> new ArrayList<>()).add(key);
        case Verdict.Settled(_, var reason) -> giveUp(it, ended.message(), reason, now);
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
                key);
      }
    }
    settled.forEach((end, keys) -> settle(it, end, keys, now));
  }

  /** Contents are kept of those only that can be replayed. */
  private static void settle(Sql it, Verdict.Settled end, List<String> keys, Instant now) {
    it.update(
        "UPDATE inbox_message SET state = ?, settled_at = ?, last_error = ?, sealed = NULL, key_version = NULL WHERE id IN (%s)"
            .formatted(In.places(keys.size())),
        with(In.values(keys), end.state().word(), now.toEpochMilli(), end.reason()));
  }

  /**
   * Most lanes have one message: then they are gone by one statement. A scalar subquery is asked
   * for each lane by its index; NOT EXISTS PostgreSQL turns into a join with all messages that
   * wait, which are few, behind the many that waited until just now.
   */
  private static Set<String> emptied(Sql it, List<Due> lanes) {
    if (lanes.isEmpty()) {
      return Set.of();
    }
    return Set.copyOf(
        it.change(
            """
            DELETE FROM inbox_lane WHERE id IN (%s) AND (
              SELECT MIN(sequence) FROM inbox_message WHERE instance_id = inbox_lane.instance_id
              AND lane_id = inbox_lane.id AND settled_at IS NULL) IS NULL
            RETURNING id
            """
                .formatted(In.places(lanes.size())),
            row -> row.getString("id"),
            ids(lanes)));
  }

  /** In a lane whose row this transaction has locked. */
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
        return new Step.Rest(null);
      }
      var message = first.getFirst();
      if (!now.isBefore(message.expiresAt())) {
        var reason = "It was not delivered in time.";
        var last = message.lastError();
        giveUp(it, message, last == null ? reason : reason + " " + last, now);
      } else if (!goOn || message.nextAt().isAfter(now)) {
        var dueAt = message.nextAt().isAfter(now) ? message.nextAt() : now;
        it.update(
            "UPDATE inbox_lane SET holder = NULL, lease_until = 0, due_at = ? WHERE id = ?",
            dueAt.toEpochMilli(),
            lane.id());
        return new Step.Rest(dueAt);
      } else {
        return begin(it, message, now).step(message.state() == State.DELIVERING);
      }
    }
  }

  /** Most first messages are due, and nobody has begun with them; by their lanes. */
  private static Map<String, Begun> beginFresh(Sql it, List<Due> lanes, Instant now) {
    if (lanes.isEmpty()) {
      return Map.of();
    }
    var first =
        it.query(
            """
            SELECT (SELECT id FROM inbox_message WHERE instance_id = inbox_lane.instance_id
              AND lane_id = inbox_lane.id AND settled_at IS NULL ORDER BY sequence, id LIMIT 1) AS first
            FROM inbox_lane WHERE id IN (%s)
            """
                .formatted(In.places(lanes.size())),
            row -> Optional.ofNullable(row.getString("first")),
            ids(lanes));
    var keys = first.stream().flatMap(Optional::stream).toList();
    if (keys.isEmpty()) {
      return Map.of();
    }
    long time = now.toEpochMilli();
    return it
        .change(
            """
            UPDATE inbox_message SET attempts = attempts + 1, tried_at = ?, state = 'delivering'
            WHERE state = 'received' AND next_at <= ? AND expires_at > ? AND id IN (%s) RETURNING *
            """
                .formatted(In.places(keys.size())),
            Begun::read,
            with(In.values(keys), time, time, time))
        .stream()
        .collect(toMap(Begun::laneId, Function.identity()));
  }

  private static Begun begin(Sql it, InboxMessage message, Instant now) {
    return it.change(
            """
            UPDATE inbox_message SET attempts = attempts + 1, tried_at = ?,
            uncertain = CASE WHEN state = 'delivering' THEN 1 ELSE uncertain END, state = 'delivering'
            WHERE id = ? RETURNING *
            """,
            Begun::read,
            now.toEpochMilli(),
            message.key())
        .getFirst();
  }

  private void giveUp(Sql it, InboxMessage message, @Nullable String reason, Instant now) {
    int settled =
        it.update(
            "UPDATE inbox_message SET state = 'dead', settled_at = ?, last_error = ? WHERE id = ?",
            now.toEpochMilli(),
            reason,
            message.key());
    if (settled == 1) {
      deadLetters.givenUp(it, message, reason == null ? "" : reason);
    }
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

  /** Lanes come and go by the thousand. */
  void vacuum() {
    sql.vacuum("inbox_lane");
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
