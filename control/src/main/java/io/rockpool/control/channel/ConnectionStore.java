package io.rockpool.control.channel;

import io.rockpool.channel.Channel.Transport;
import io.rockpool.channel.Identity;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Connections in a relational database. An instance whose accounts are others by a change is to be
 * told so by the same transaction: who makes it may be killed right afterwards.
 */
final class ConnectionStore {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

  /** More values than this in one statement is more than the databases like. */
  private static final int AT_ONCE = 500;

  /** What {@link #insert} did. */
  sealed interface Inserted {
    record New() implements Inserted {}

    /** The account or its instance is gone. */
    record NoOwner() implements Inserted {}

    /** The bot is in this one already, or the instance has it for this platform. */
    record InTheWay(Connection other) implements Inserted {}
  }

  /**
   * A row.
   *
   * @param heardAt when the platform wrote last; null if it never did
   * @param attempts so often it was tried in vain to tell the platform that it ends
   * @param revision grows with each change that others must know
   */
  record Row(
      Connection connection,
      String keyHash,
      @Nullable Instant heardAt,
      int attempts,
      long revision) {}

  /**
   * What a look found.
   *
   * @param told the public address of ours that the platform knows, as far as we do
   * @param event said to the owner of an instance, a kind and a sentence; null for nothing
   */
  record Found(
      State state,
      String problem,
      String told,
      Instant checkedAt,
      Instant dueAt,
      @Nullable Said event) {}

  record Said(String kind, String message) {}

  private final Sql sql;
  private final Events events;
  private final Platforms platforms;

  ConnectionStore(Sql sql, Events events, Platforms platforms) {
    this.sql = sql;
    this.events = events;
    this.platforms = platforms;
  }

  /**
   * Whether its instance knows it as long as it is here. Any other it knows from the first look on,
   * as there may be no token before, until its end begins.
   */
  private boolean isLinked(Connection it) {
    return platforms.isLinked(it.platform());
  }

  private static void tell(Sql transaction, Connection of, Instant now) {
    if (of.instance() != null) {
      SqlInstanceStore.renderAnew(transaction, of.instance(), now);
    }
  }

  /** Adds one that {@code holder} has until then. */
  Inserted insert(Connection it, String keyHash, String holder, Instant until) {
    return sql.transaction(transaction -> insert(transaction, it, keyHash, holder, until));
  }

  private Inserted insert(Sql sql, Connection it, String keyHash, String holder, Instant until) {
    if (!Accounts.isThere(sql, it.accountId()) || !isThere(sql, it)) {
      return new Inserted.NoOwner();
    }
    var revision = advance(sql);
    var added =
        sql.update(
            """
            INSERT INTO channel_connection (id, platform, account_id, instance_id, key_hash, identity_id, identity_name,
              identity_team, direct_messages, allow_from, state, problem, created_at, checked_at, heard_at, told, due_at, holder,
              lease_until, attempts, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, '', ?, ?, ?, 0, ?)
            ON CONFLICT DO NOTHING
            """,
            it.id(),
            it.platform(),
            it.accountId(),
            value(it.instance()),
            keyHash,
            it.identity().id(),
            it.identity().name(),
            it.identity().team(),
            word(it.directMessages()),
            JSON.writeValueAsString(it.allowFrom()),
            it.state().word(),
            it.problem(),
            it.createdAt().toEpochMilli(),
            it.createdAt().toEpochMilli(),
            holder,
            until.toEpochMilli(),
            revision);
    if (added == 0) {
      return new Inserted.InTheWay(inTheWay(sql, it));
    }
    if (isLinked(it)) {
      tell(sql, it, it.createdAt());
    }
    return new Inserted.New();
  }

  private static boolean isThere(Sql sql, Connection it) {
    return it.instance() == null
        || !sql.query(
                "SELECT 1 FROM instance WHERE id = ? AND account_id = ? AND goal <> 'gone'"
                    + sql.hold(),
                _ -> true,
                it.instance().value(),
                it.accountId())
            .isEmpty();
  }

  private static Connection inTheWay(Sql sql, Connection it) {
    return sql.query(
            """
            SELECT * FROM channel_connection
            WHERE platform = ? AND (identity_team = ? AND identity_id = ? OR instance_id = ?)
            ORDER BY CASE WHEN instance_id = ? THEN 0 ELSE 1 END
            """,
            ConnectionStore::read,
            it.platform(),
            it.identity().team(),
            it.identity().id(),
            value(it.instance()),
            value(it.instance()))
        .getFirst()
        .connection();
  }

  /** The number of a change; nobody else makes one until the transaction ends. */
  private static long advance(Sql sql) {
    return sql.change(
            """
            INSERT INTO channel_change (id, revision) VALUES ('all', 1)
            ON CONFLICT (id) DO UPDATE SET revision = channel_change.revision + 1
            RETURNING revision
            """,
            row -> row.getLong(1))
        .getFirst();
  }

  /**
   * One, if the actor may see it.
   *
   * @param instance whose; null for those that are shared, which only operators see
   */
  Optional<Row> find(Actor actor, @Nullable InstanceId instance, String id) {
    return list(actor, instance).stream().filter(it -> it.connection().id().equals(id)).findFirst();
  }

  /** The same, of whichever kind it is. */
  Optional<Row> find(Actor.Rockpool server, String id) {
    return sql
        .query("SELECT * FROM channel_connection WHERE id = ?", ConnectionStore::read, id)
        .stream()
        .findFirst();
  }

  /** All of an instance, or all that are shared, oldest first; of those that the actor may see. */
  List<Row> list(Actor actor, @Nullable InstanceId instance) {
    if (instance == null) {
      return actor instanceof Actor.User
          ? List.of()
          : sql.query(
              "SELECT * FROM channel_connection WHERE instance_id IS NULL ORDER BY created_at, id",
              ConnectionStore::read);
    }
    return sql
        .query(
            "SELECT * FROM channel_connection WHERE instance_id = ? ORDER BY created_at, id",
            ConnectionStore::read,
            instance.value())
        .stream()
        .filter(it -> actor.maySee(it.connection().accountId()))
        .toList();
  }

  /** Takes one until then, unless somebody has it. */
  Optional<Row> take(String id, String holder, Instant now, Instant until) {
    return sql
        .change(
            "UPDATE channel_connection SET holder = ?, lease_until = ? WHERE id = ? AND lease_until <= ? RETURNING *",
            ConnectionStore::read,
            holder,
            until.toEpochMilli(),
            id,
            now.toEpochMilli())
        .stream()
        .findFirst();
  }

  /** The same for those that are due. */
  List<Row> claim(String holder, int limit, Instant now, Instant until) {
    var time = now.toEpochMilli();
    return sql.change(
        """
        UPDATE channel_connection SET holder = ?, lease_until = ? WHERE lease_until <= ? AND id IN (
          SELECT id FROM channel_connection WHERE due_at <= ? AND lease_until <= ? ORDER BY due_at LIMIT ? %s)
        RETURNING *
        """
            .formatted(sql.lockUnlocked()),
        ConnectionStore::read,
        holder,
        until.toEpochMilli(),
        time,
        time,
        time,
        limit);
  }

  /** Whether {@code holder} still has it. */
  boolean isHeld(String id, String holder, Instant now) {
    return !sql.query(
            "SELECT 1 FROM channel_connection WHERE id = ? AND holder = ? AND lease_until > ?",
            _ -> true,
            id,
            holder,
            now.toEpochMilli())
        .isEmpty();
  }

  /** Makes one due and gives it back, as it was. */
  void giveBack(String id, String holder, Instant dueAt) {
    sql.update(
        "UPDATE channel_connection SET holder = NULL, lease_until = 0, due_at = ? WHERE id = ? AND holder = ?",
        dueAt.toEpochMilli(),
        id,
        holder);
  }

  /**
   * Writes what was found and gives it back; one that is to end meanwhile is only given back.
   *
   * @return whether others have something new to know
   */
  boolean settle(Connection before, String holder, Found found) {
    var changed = found.state() != before.state() || !found.problem().equals(before.problem());
    var tells =
        !isLinked(before) && (before.checkedAt() == null || isLetInAgain(before, found.state()));
    return sql.transaction(it -> {
      var revision = changed ? advance(it) : 0;
      var written =
          it.update(
              """
              UPDATE channel_connection SET state = ?, problem = ?, told = ?, checked_at = ?, due_at = ?, holder = NULL,
                lease_until = 0, attempts = 0, revision = CASE WHEN CAST(? AS BIGINT) > 0 THEN ? ELSE revision END
              WHERE id = ? AND holder = ? AND state <> 'disconnecting'
              """,
              found.state().word(),
              found.problem(),
              found.told(),
              found.checkedAt().toEpochMilli(),
              found.dueAt().toEpochMilli(),
              revision,
              revision,
              before.id(),
              holder);
      if (written == 0) {
        it.update(
            "UPDATE channel_connection SET holder = NULL, lease_until = 0 WHERE id = ? AND holder = ?",
            before.id(),
            holder);
        return false;
      }
      if (tells) {
        tell(it, before, found.checkedAt());
      }
      if (found.event() != null) {
        say(it, before, found.event());
      }
      return changed || tells;
    });
  }

  /** Whoever is to hold a live connection, and may again, may be asleep meanwhile. */
  private boolean isLetInAgain(Connection before, State state) {
    return before.state() == State.FAILING
        && state == State.CONNECTED
        && platforms
            .channel(before.platform())
            .filter(it -> it.transport() == Transport.SOCKET)
            .isPresent();
  }

  /**
   * Notes whose account it is.
   *
   * @return false where another connection has that account already: then nothing is changed
   */
  boolean identify(String id, Identity identity) {
    return sql.transaction(it -> {
      var revision = advance(it);
      return it.update(
              """
              UPDATE channel_connection SET identity_id = ?, identity_name = ?, identity_team = ?, revision = ?
              WHERE id = ? AND NOT EXISTS (
                SELECT 1 FROM channel_connection o JOIN channel_connection me ON me.platform = o.platform AND me.id = ?
                WHERE o.id <> me.id AND o.identity_team = ? AND o.identity_id = ?)
              """,
              identity.id(),
              identity.name(),
              identity.team(),
              revision,
              id,
              id,
              identity.team(),
              identity.id())
          == 1;
    });
  }

  /**
   * Notes who may write to it from now on.
   *
   * @return false where it ends, or has changed in that since it was read: then nothing is changed
   */
  boolean permit(Connection before, Senders senders, Said event, Instant now) {
    return sql.transaction(it -> {
      var revision = advance(it);
      var written =
          it.update(
              """
              UPDATE channel_connection SET direct_messages = ?, allow_from = ?, revision = ?
              WHERE id = ? AND direct_messages = ? AND allow_from = ? AND state <> 'disconnecting'
              """,
              word(senders.policy()),
              JSON.writeValueAsString(senders.named()),
              revision,
              before.id(),
              word(before.directMessages()),
              JSON.writeValueAsString(before.allowFrom()));
      if (written == 1) {
        tell(it, before, now);
        say(it, before, event);
      }
      return written == 1;
    });
  }

  private void say(Sql transaction, Connection of, Said event) {
    if (of.instance() != null) {
      events.append(transaction, of.instance(), event.kind(), event.message());
    }
  }

  /** The platform could not be told yet that it ends: it is given back for another try. */
  void tellAgain(String id, String holder, String problem, Instant dueAt) {
    sql.transaction(it ->
        it.update(
            """
            UPDATE channel_connection SET attempts = attempts + 1, problem = ?, due_at = ?, holder = NULL, lease_until = 0,
              revision = ?
            WHERE id = ? AND holder = ?
            """,
            problem,
            dueAt.toEpochMilli(),
            advance(it),
            id,
            holder));
  }

  /** From now on it takes nothing, and is due; whoever has it goes on until it gives it back. */
  void leave(Connection connection, @Nullable Said event, Instant now) {
    sql.transaction(it -> {
      var left =
          it.update(
              """
              UPDATE channel_connection SET state = 'disconnecting', problem = '', due_at = ?, revision = ?
              WHERE id = ? AND state <> 'disconnecting'
              """,
              now.toEpochMilli(),
              advance(it),
              connection.id());
      if (left == 1 && !isLinked(connection)) {
        tell(it, connection, now); // it stops to speak for it
      }
      if (left == 1 && event != null) {
        say(it, connection, event);
      }
      return left;
    });
  }

  /** Removes one that {@code holder} has; whether it did. */
  boolean remove(Connection connection, String holder, Instant now) {
    return sql.transaction(it -> {
      var _ = advance(it); // first, as everywhere: two that wait for each other would be ended
      var removed =
          it.update(
              "DELETE FROM channel_connection WHERE id = ? AND holder = ?",
              connection.id(),
              holder);
      if (removed == 1 && isLinked(connection)) {
        tell(it, connection, now);
      }
      return removed == 1;
    });
  }

  /** Those whose instance or account is gone, and that nobody ended yet. */
  List<Connection> abandoned(int limit) {
    return sql
        .query(
            """
            SELECT c.* FROM channel_connection c
            JOIN account a ON a.id = c.account_id
            LEFT JOIN instance i ON i.id = c.instance_id
            WHERE c.state <> 'disconnecting'
              AND (a.deleted_at IS NOT NULL OR c.instance_id IS NOT NULL AND (i.id IS NULL OR i.goal = 'gone'))
            ORDER BY c.id LIMIT ?
            """,
            ConnectionStore::read,
            limit)
        .stream()
        .map(Row::connection)
        .toList();
  }

  /** Makes one due by then, if it is not before. */
  void due(String id, Instant at) {
    sql.update(
        "UPDATE channel_connection SET due_at = ? WHERE id = ? AND due_at > ?",
        at.toEpochMilli(),
        id,
        at.toEpochMilli());
  }

  /** The same for all of an instance. */
  void due(InstanceId instance, Instant at) {
    sql.update(
        "UPDATE channel_connection SET due_at = ? WHERE instance_id = ? AND due_at > ?",
        at.toEpochMilli(),
        instance.value(),
        at.toEpochMilli());
  }

  /** Makes those due whose platforms were told another public address of ours. */
  void dueUnlessTold(String base, Instant at) {
    sql.update(
        "UPDATE channel_connection SET due_at = ? WHERE told <> ? AND due_at > ?",
        at.toEpochMilli(),
        base,
        at.toEpochMilli());
  }

  /** Notes that platforms wrote. */
  void heard(Collection<String> ids, Instant at) {
    var all = List.copyOf(ids);
    for (int from = 0; from < all.size(); from += AT_ONCE) {
      var some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
      sql.update(
          "UPDATE channel_connection SET heard_at = ?, due_at = CASE WHEN state = 'connecting' THEN 0 ELSE due_at END WHERE id IN (%s)"
              .formatted(String.join(", ", Collections.nCopies(some.size(), "?"))),
          Stream.concat(Stream.of(at.toEpochMilli()), some.stream()).toArray());
    }
  }

  /** Ends all leases: for a server alone with its database. */
  void endLeases() {
    sql.update(
        "UPDATE channel_connection SET holder = NULL, lease_until = 0 WHERE holder IS NOT NULL");
  }

  /** Grows with each change that others must know. */
  long revision() {
    return sql.query("SELECT revision FROM channel_change", row -> row.getLong(1)).stream()
        .findFirst()
        .orElse(0L);
  }

  /** Those that were changed since. */
  List<Row> since(long revision) {
    return sql.query(
        "SELECT * FROM channel_connection WHERE revision > ?", ConnectionStore::read, revision);
  }

  Set<String> ids() {
    return Set.copyOf(sql.query("SELECT id FROM channel_connection", row -> row.getString("id")));
  }

  private static Row read(ResultSet row) throws SQLException {
    var instance = row.getString("instance_id");
    return new Row(
        new Connection(
            row.getString("id"),
            row.getString("platform"),
            row.getString("account_id"),
            instance == null ? null : new InstanceId(instance),
            new Identity(
                row.getString("identity_id"),
                row.getString("identity_name"),
                row.getString("identity_team")),
            DirectMessages.valueOf(row.getString("direct_messages").toUpperCase(Locale.ROOT)),
            JSON.readValue(row.getString("allow_from"), TEXTS),
            State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
            row.getString("problem"),
            Instant.ofEpochMilli(row.getLong("created_at")),
            time(row, "checked_at")),
        row.getString("key_hash"),
        time(row, "heard_at"),
        row.getInt("attempts"),
        row.getLong("revision"));
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    var time = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(time);
  }

  private static @Nullable String value(@Nullable InstanceId instance) {
    return instance == null ? null : instance.value();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
