package io.rockpool.control.binding;

import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of shared bots. What changes them together is given the transaction. */
final class BindingStore {
  /** Codes of an instance that are good at the same time. */
  private static final int MOST_CODES = 10;

  private static final int SWEPT_AT_ONCE = 500;

  /** Whom somebody speaks to. */
  record Bound(String id, InstanceId instance, String accountId, String name) {}

  private final Sql sql;

  BindingStore(Sql sql) {
    this.sql = sql;
  }

  /** How a bot is known, also when it is connected anew. */
  static String bot(Connection connection) {
    var identity = connection.identity();
    return "%s:%s:%s".formatted(connection.platform(), identity.team(), identity.id());
  }

  Optional<Bound> find(String bot, String sender) {
    return find(sql, bot, sender);
  }

  private static Optional<Bound> find(Sql it, String bot, String sender) {
    return it
        .query(
            """
            SELECT b.id, b.instance_id, i.account_id, i.name FROM shared_binding b
            JOIN instance i ON i.id = b.instance_id AND i.goal <> 'gone' WHERE b.bot = ? AND b.sender = ?
            """,
            BindingStore::bound,
            bot,
            sender)
        .stream()
        .findFirst();
  }

  private static Bound bound(ResultSet row) throws SQLException {
    return new Bound(
        row.getString("id"),
        new InstanceId(row.getString("instance_id")),
        row.getString("account_id"),
        row.getString("name"));
  }

  /** In place of the oldest, where there are too many. */
  boolean addCode(String hash, InstanceId instance, Instant now, Instant expiresAt) {
    return sql.transaction(it -> {
      it.lock("instance", instance.value());
      it.update("DELETE FROM bind_code WHERE expires_at <= ?", now.toEpochMilli());
      it.update(
          """
          DELETE FROM bind_code WHERE hash IN (
            SELECT hash FROM bind_code WHERE instance_id = ? ORDER BY created_at DESC, hash LIMIT 1000 OFFSET ?)
          """,
          instance.value(),
          MOST_CODES - 1);
      return it.update(
              """
              INSERT INTO bind_code (hash, instance_id, created_at, expires_at)
              SELECT CAST(? AS TEXT), id, CAST(? AS BIGINT), CAST(? AS BIGINT) FROM instance WHERE id = ? AND goal <> 'gone'
              """,
              hash,
              now.toEpochMilli(),
              expiresAt.toEpochMilli(),
              instance.value())
          > 0;
    });
  }

  /** Whose code it is, as long as it is good. */
  Optional<Bound> ofCode(String hash, Instant now) {
    return sql
        .query(
            """
            SELECT '' AS id, c.instance_id, i.account_id, i.name FROM bind_code c
            JOIN instance i ON i.id = c.instance_id AND i.goal <> 'gone' WHERE c.hash = ? AND c.expires_at > ?
            """,
            BindingStore::bound,
            hash,
            now.toEpochMilli())
        .stream()
        .findFirst();
  }

  /** Uses a code up. False when it is not good any more; then nothing was changed. */
  boolean bind(
      Sql it,
      String code,
      Connection connection,
      String sender,
      String id,
      InstanceId instance,
      Instant now) {
    int used =
        it.update(
            "DELETE FROM bind_code WHERE hash = ? AND instance_id = ? AND expires_at > ?",
            code,
            instance.value(),
            now.toEpochMilli());
    if (used == 0) {
      return false;
    }
    it.update(
        """
        INSERT INTO shared_binding (id, bot, bot_name, platform, sender, instance_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (bot, sender) DO UPDATE SET id = excluded.id, bot_name = excluded.bot_name,
          instance_id = excluded.instance_id, created_at = excluded.created_at
        """,
        id,
        bot(connection),
        connection.identity().name(),
        connection.platform(),
        sender,
        instance.value(),
        now.toEpochMilli());
    return true;
  }

  boolean unbind(Sql it, String id) {
    return it.update("DELETE FROM shared_binding WHERE id = ?", id) > 0;
  }

  long count(InstanceId instance) {
    return sql.query(
            "SELECT COUNT(*) FROM shared_binding WHERE instance_id = ?",
            row -> row.getLong(1),
            instance.value())
        .getFirst();
  }

  /** Of those that the actor may see, oldest first. */
  List<Binding> list(Actor actor, InstanceId instance) {
    return sql.query(
        """
        SELECT b.* FROM shared_binding b JOIN instance i ON i.id = b.instance_id AND i.account_id = COALESCE(?, i.account_id)
        WHERE b.instance_id = ? ORDER BY b.created_at, b.id
        """,
        row ->
            new Binding(
                row.getString("id"),
                new InstanceId(row.getString("instance_id")),
                row.getString("platform"),
                row.getString("bot_name"),
                row.getString("sender"),
                Instant.ofEpochMilli(row.getLong("created_at"))),
        owner(actor),
        instance.value());
  }

  boolean remove(Actor actor, InstanceId instance, String id) {
    return sql.update(
            """
            DELETE FROM shared_binding WHERE id = ? AND instance_id = ?
            AND EXISTS (SELECT 1 FROM instance i WHERE i.id = shared_binding.instance_id AND i.account_id = COALESCE(?, i.account_id))
            """,
            id,
            instance.value(),
            owner(actor))
        > 0;
  }

  private static @Nullable String owner(Actor actor) {
    return actor instanceof Actor.User(var id) ? id : null;
  }

  /** Wrong codes since the window began. */
  long guesses(String bot, String sender, Instant now, Duration window) {
    return sql
        .query(
            "SELECT number FROM shared_guess WHERE bot = ? AND sender = ? AND since > ?",
            row -> row.getLong(1),
            bot,
            sender,
            now.minus(window).toEpochMilli())
        .stream()
        .findFirst()
        .orElse(0L);
  }

  /** One more; a window begins with the first. */
  void guessed(Sql it, String bot, String sender, Instant now, Duration window) {
    it.update(
        """
        INSERT INTO shared_guess (bot, sender, since, number) VALUES (?, ?, ?, 1)
        ON CONFLICT (bot, sender) DO UPDATE SET
          number = CASE WHEN shared_guess.since > ? THEN shared_guess.number + 1 ELSE 1 END,
          since = CASE WHEN shared_guess.since > ? THEN shared_guess.since ELSE excluded.since END
        """,
        bot,
        sender,
        now.toEpochMilli(),
        now.minus(window).toEpochMilli(),
        now.minus(window).toEpochMilli());
  }

  /** Whether it was dealt with before. */
  boolean isSeen(String key) {
    return !sql.query("SELECT 1 FROM shared_seen WHERE id = ?", _ -> true, key).isEmpty();
  }

  /** Notes that it is dealt with; false when it was before, here or by an instance. */
  boolean see(Sql it, String key, Instant now) {
    return it.update(
            """
            INSERT INTO shared_seen (id, seen_at) SELECT CAST(? AS TEXT), CAST(? AS BIGINT)
            WHERE NOT EXISTS (SELECT 1 FROM inbox_message WHERE id = ?) ON CONFLICT (id) DO NOTHING
            """,
            key,
            now.toEpochMilli(),
            key)
        > 0;
  }

  void forget(Sql it, String key) {
    it.update("DELETE FROM shared_seen WHERE id = ?", key);
  }

  /** A chat has another id from now on. */
  void move(Sql it, String bot, String from, String to) {
    var home = home(it, bot, from);
    for (var chat : new String[] {from, to}) {
      it.update(
          """
          INSERT INTO shared_chat (bot, chat, home, moved_to) VALUES (?, ?, ?, ?)
          ON CONFLICT (bot, chat) DO UPDATE SET home = excluded.home, moved_to = excluded.moved_to
          """,
          bot,
          chat,
          home,
          chat.equals(from) ? to : null);
    }
  }

  /** The first id that a chat had. */
  String home(String bot, String chat) {
    return home(sql, bot, chat);
  }

  private static String home(Sql it, String bot, String chat) {
    return it
        .query(
            "SELECT home FROM shared_chat WHERE bot = ? AND chat = ?",
            row -> row.getString(1),
            bot,
            chat)
        .stream()
        .findFirst()
        .orElse(chat);
  }

  /** The id that it has now. */
  String current(String bot, String chat) {
    return sql
        .query(
            "SELECT moved_to FROM shared_chat WHERE bot = ? AND chat = ? AND moved_to IS NOT NULL",
            row -> row.getString(1),
            bot,
            chat)
        .stream()
        .findFirst()
        .orElse(chat);
  }

  /** Forgets some of what is not needed any more; returns how many were seen. */
  int sweep(Sql it, Instant seenBefore, Instant now, Duration window) {
    it.update("DELETE FROM bind_code WHERE expires_at <= ?", now.toEpochMilli());
    it.update("DELETE FROM shared_guess WHERE since <= ?", now.minus(window).toEpochMilli());
    return it.update(
        "DELETE FROM shared_seen WHERE id IN (SELECT id FROM shared_seen WHERE seen_at < ? LIMIT ? %s)"
            .formatted(it.lockUnlocked()),
        seenBefore.toEpochMilli(),
        SWEPT_AT_ONCE);
  }
}
