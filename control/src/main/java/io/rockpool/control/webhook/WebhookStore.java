package io.rockpool.control.webhook;

import io.rockpool.control.store.Sql;
import io.rockpool.control.webhook.Message.State;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * The rows of webhooks. Whoever changes both a webhook and its messages locks the webhook first, as
 * does who deletes it.
 */
final class WebhookStore {
  /** So long after its event a message is forgotten, however it ended. */
  static final Duration KEPT = Duration.ofDays(14);

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

  private static final String COLUMNS =
      "w.*, (SELECT MAX(s.expires_at) FROM webhook_secret s WHERE s.webhook_id = w.id) AS previous_until";

  private final Sql sql;

  WebhookStore(Sql sql) {
    this.sql = sql;
  }

  /** The ids of those that want a type, in their order; they stay until the transaction ends. */
  static List<String> wanting(Sql it, String type) {
    record Wish(String id, List<String> types) {}
    return it
        .query(
            "SELECT id, types FROM webhook WHERE enabled = 1 ORDER BY id" + it.hold(),
            row -> new Wish(row.getString("id"), types(row)))
        .stream()
        .filter(wish -> EventTypes.isWanted(wish.types(), type))
        .map(Wish::id)
        .toList();
  }

  /** How many messages to it wait, counted to {@code most}. */
  static int waiting(Sql it, String webhook, int most) {
    return it.query(
            "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_message WHERE webhook_id = ? AND settled_at IS NULL LIMIT ?) AS open",
            row -> row.getInt(1),
            webhook,
            most)
        .getFirst();
  }

  static void add(Sql it, String webhook, String id, String type, String body, Instant now) {
    it.update(
        """
        INSERT INTO webhook_message (webhook_id, id, type, body, state, attempts, created_at, due_at)
        VALUES (?, ?, ?, ?, 'waiting', 0, ?, ?)
        """,
        webhook,
        id,
        type,
        body,
        now.toEpochMilli(),
        now.toEpochMilli());
  }

  /** Adds a webhook that is sent nothing yet, and says so; false if there are {@code most}. */
  boolean insert(Webhook webhook, String trouble, int most) {
    return sql.transaction(it -> {
      int count = it.query("SELECT COUNT(*) FROM webhook", row -> row.getInt(1)).getFirst();
      if (count >= most) {
        return false;
      }
      it.update(
          """
          INSERT INTO webhook (id, url, inside, types, enabled, created_at, paused_until, trouble)
          VALUES (?, ?, ?, ?, 0, ?, 0, ?)
          """,
          webhook.id(),
          webhook.url().toString(),
          webhook.inside() ? 1 : 0,
          JSON.writeValueAsString(webhook.types()),
          webhook.createdAt().toEpochMilli(),
          trouble);
      it.update("INSERT INTO webhook_secret (webhook_id, serial) VALUES (?, 1)", webhook.id());
      return true;
    });
  }

  Optional<Webhook> find(String id) {
    return find(sql, id);
  }

  private static Optional<Webhook> find(Sql it, String id) {
    return it
        .query("SELECT %s FROM webhook w WHERE w.id = ?".formatted(COLUMNS), WebhookStore::read, id)
        .stream()
        .findFirst();
  }

  /** All, oldest first. */
  List<Webhook> list() {
    return sql.query(
        "SELECT %s FROM webhook w ORDER BY w.created_at, w.id".formatted(COLUMNS),
        WebhookStore::read);
  }

  /** As changed; empty when there is none. What {@code change} throws undoes it. */
  Optional<Webhook> change(String id, UnaryOperator<Webhook> change) {
    return sql.transaction(it -> {
      it.lock("webhook", id);
      var found = find(it, id).map(change);
      found.ifPresent(webhook -> update(it, webhook));
      return found;
    });
  }

  private static void update(Sql it, Webhook webhook) {
    var paused = webhook.pausedUntil();
    it.update(
        "UPDATE webhook SET url = ?, inside = ?, types = ?, enabled = ?, paused_until = ?, trouble = ? WHERE id = ?",
        webhook.url().toString(),
        webhook.inside() ? 1 : 0,
        JSON.writeValueAsString(webhook.types()),
        webhook.enabled() ? 1 : 0,
        paused == null ? 0 : paused.toEpochMilli(),
        webhook.trouble(),
        webhook.id());
    if (webhook.failingSince() == null) {
      forgetFailures(it, webhook.id());
    }
  }

  boolean remove(String id) {
    return sql.update("DELETE FROM webhook WHERE id = ?", id) > 0;
  }

  // Secrets

  /** The serial of one more; empty when there is no such webhook. */
  Optional<Long> addSecret(String webhook) {
    return sql.transaction(it -> {
      it.lock("webhook", webhook);
      return it
          .change(
              """
              INSERT INTO webhook_secret (webhook_id, serial)
              SELECT id, (SELECT COALESCE(MAX(serial), 0) + 1 FROM webhook_secret WHERE webhook_id = webhook.id)
              FROM webhook WHERE id = ? RETURNING serial
              """,
              row -> row.getLong(1),
              webhook)
          .stream()
          .findFirst();
    });
  }

  /**
   * Lets those before {@code serial} end at {@code end} at the latest, and all but the latest
   * {@code most} at once.
   */
  void endSecretsBefore(String webhook, long serial, Instant end, int most) {
    sql.transaction(it -> {
      it.update(
          "UPDATE webhook_secret SET expires_at = ? WHERE webhook_id = ? AND serial < ? AND (expires_at IS NULL OR expires_at > ?)",
          end.toEpochMilli(),
          webhook,
          serial,
          end.toEpochMilli());
      return it.update(
          "DELETE FROM webhook_secret WHERE webhook_id = ? AND serial <= ?",
          webhook,
          serial - most);
    });
  }

  void removeSecret(String webhook, long serial) {
    sql.update("DELETE FROM webhook_secret WHERE webhook_id = ? AND serial = ?", webhook, serial);
  }

  /** Serials of those that sign now, newest first. */
  List<Long> secrets(String webhook, Instant now) {
    return sql.query(
        "SELECT serial FROM webhook_secret WHERE webhook_id = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY serial DESC",
        row -> row.getLong(1),
        webhook,
        now.toEpochMilli());
  }

  /** Forgets those that sign no more. What is left, as {@code webhook/serial}. */
  Set<String> tidySecrets(Instant now) {
    sql.update("DELETE FROM webhook_secret WHERE expires_at <= ?", now.toEpochMilli());
    return sql
        .query(
            "SELECT webhook_id, serial FROM webhook_secret",
            row -> row.getString(1) + "/" + row.getLong(2))
        .stream()
        .collect(Collectors.toSet());
  }

  // Messages

  /** Webhooks that are sent something now, if there is a place. */
  List<Webhook> due(Instant now) {
    return sql.query(
        """
        SELECT %s FROM webhook w WHERE w.enabled = 1 AND w.paused_until <= ? AND EXISTS (
          SELECT 1 FROM webhook_message m WHERE m.webhook_id = w.id AND m.settled_at IS NULL AND m.due_at <= ?)
        ORDER BY w.id
        """
            .formatted(COLUMNS),
        WebhookStore::read,
        now.toEpochMilli(),
        now.toEpochMilli());
  }

  /**
   * Takes up to {@code limit} messages to a webhook that are due, longest first, until {@code now +
   * lease}: then another server may.
   */
  List<Message> claim(String webhook, int limit, Instant now, Duration lease) {
    return sql.change(
        """
        WITH claimable AS MATERIALIZED (
          SELECT id FROM webhook_message WHERE webhook_id = ? AND settled_at IS NULL AND due_at <= ?
          ORDER BY due_at, id LIMIT ? %s)
        UPDATE webhook_message SET state = 'sending', attempts = attempts + 1, tried_at = ?, due_at = ?
        WHERE webhook_id = ? AND id IN (SELECT id FROM claimable) RETURNING *
        """
            .formatted(sql.lockUnlocked()),
        WebhookStore::readMessage,
        webhook,
        now.toEpochMilli(),
        limit,
        now.toEpochMilli(),
        now.plus(lease).toEpochMilli(),
        webhook);
  }

  /**
   * Writes down how an attempt ended, unless another server has taken the message over.
   *
   * @return why its webhook was disabled for that; empty when it was not
   */
  Optional<String> settle(Message message, Verdict verdict, Instant now) {
    return sql.transaction(it ->
        switch (verdict) {
          case Verdict.Delivered(var status) -> {
            forgetFailures(it, message.webhookId());
            end(it, message, State.DELIVERED, status, null, now);
            yield Optional.empty();
          }
          case Verdict.Retry(var at, var status, var why, var pause) -> {
            var trouble = failed(it, message.webhookId(), pause, now);
            it.update(
                """
                UPDATE webhook_message SET state = 'waiting', due_at = ?, status = ?, last_error = ?
                WHERE webhook_id = ? AND id = ? AND state = 'sending' AND attempts = ? AND tried_at = ?
                """,
                at.toEpochMilli(),
                status,
                why,
                message.webhookId(),
                message.id(),
                message.attempts(),
                time(message.triedAt()));
            yield trouble;
          }
          case Verdict.GivenUp(var status, var why, var pause) -> {
            var trouble = failed(it, message.webhookId(), pause, now);
            end(it, message, State.FAILED, status, why, now);
            yield trouble;
          }
          case Verdict.Unwanted(var status, var why) -> {
            var trouble = disable(it, message.webhookId(), why);
            end(it, message, State.FAILED, status, why, now);
            yield trouble;
          }
        });
  }

  private static void end(
      Sql it, Message message, State state, String status, @Nullable String why, Instant now) {
    it.update(
        """
        UPDATE webhook_message SET state = ?, settled_at = ?, status = ?, last_error = ?
        WHERE webhook_id = ? AND id = ? AND state = 'sending' AND attempts = ? AND tried_at = ?
        """,
        state.word(),
        now.toEpochMilli(),
        status,
        why,
        message.webhookId(),
        message.id(),
        message.attempts(),
        time(message.triedAt()));
  }

  private static void forgetFailures(Sql it, String webhook) {
    it.update(
        "UPDATE webhook SET failing_since = NULL, failed_at = NULL WHERE id = ? AND failing_since IS NOT NULL",
        webhook);
  }

  private static Optional<String> failed(
      Sql it, String webhook, @Nullable Instant pause, Instant now) {
    it.lock("webhook", webhook);
    var before =
        it.query(
            "SELECT failing_since, failed_at FROM webhook WHERE id = ? AND failing_since IS NOT NULL",
            row ->
                new Streak(
                    Instant.ofEpochMilli(row.getLong("failing_since")),
                    Instant.ofEpochMilli(row.getLong("failed_at"))),
            webhook);
    var streak = Streak.with(before.isEmpty() ? null : before.getFirst(), now);
    long until = pause == null ? 0 : pause.toEpochMilli();
    it.update(
        """
        UPDATE webhook SET failing_since = ?, failed_at = ?,
        paused_until = CASE WHEN paused_until < ? THEN ? ELSE paused_until END WHERE id = ?
        """,
        streak.since().toEpochMilli(),
        streak.last().toEpochMilli(),
        until,
        until,
        webhook);
    return streak.isTooLong()
        ? disable(
            it,
            webhook,
            "Nothing but failures for %d days, since %s."
                .formatted(Streak.LONGEST.toDays(), streak.since()))
        : Optional.empty();
  }

  private static Optional<String> disable(Sql it, String webhook, String why) {
    return it.update(
                "UPDATE webhook SET enabled = 0, trouble = ? WHERE id = ? AND enabled = 1",
                why,
                webhook)
            > 0
        ? Optional.of(why)
        : Optional.empty();
  }

  /** For a server alone with its database: nobody else has anything under way. */
  void endLeases(Instant now) {
    sql.update(
        "UPDATE webhook_message SET due_at = ? WHERE state = 'sending' AND settled_at IS NULL",
        now.toEpochMilli());
  }

  /**
   * Messages to a webhook, newest first.
   *
   * @param state null for all
   * @param before not null: only those behind that place
   */
  List<Message> messages(
      String webhook, @Nullable State state, Webhooks.@Nullable Position before, int limit) {
    return sql.query(
        """
        SELECT * FROM webhook_message WHERE webhook_id = ? AND state = COALESCE(?, state) AND (created_at, id) < (?, ?)
        ORDER BY created_at DESC, id DESC LIMIT ?
        """,
        WebhookStore::readMessage,
        webhook,
        state == null ? null : state.word(),
        before == null ? Long.MAX_VALUE : before.createdAt().toEpochMilli(),
        before == null ? "" : before.id(),
        limit);
  }

  Optional<Message> message(String webhook, String id) {
    return sql
        .query(
            "SELECT * FROM webhook_message WHERE webhook_id = ? AND id = ?",
            WebhookStore::readMessage,
            webhook,
            id)
        .stream()
        .findFirst();
  }

  /** Makes a message due as if it was new; false while an attempt is under way. */
  boolean renew(String webhook, String id, Instant now) {
    return sql.update(
            """
            UPDATE webhook_message SET state = 'waiting', attempts = 0, due_at = ?, settled_at = NULL
            WHERE webhook_id = ? AND id = ? AND state <> 'sending'
            """,
            now.toEpochMilli(),
            webhook,
            id)
        > 0;
  }

  /** Forgets some messages that are too old; returns how many. */
  int sweep(Instant now, int limit) {
    return sql.update(
        """
        DELETE FROM webhook_message WHERE (webhook_id, id) IN (
          SELECT webhook_id, id FROM webhook_message WHERE created_at < ? LIMIT ? %s)
        """
            .formatted(sql.lockUnlocked()),
        now.minus(KEPT).toEpochMilli(),
        limit);
  }

  private static Webhook read(ResultSet row) throws SQLException {
    var pausedUntil = time(row, "paused_until");
    return new Webhook(
        row.getString("id"),
        URI.create(row.getString("url")),
        row.getLong("inside") == 1,
        types(row),
        row.getLong("enabled") == 1,
        Instant.ofEpochMilli(row.getLong("created_at")),
        pausedUntil == null || pausedUntil.equals(Instant.EPOCH) ? null : pausedUntil,
        time(row, "failing_since"),
        row.getString("trouble"),
        time(row, "previous_until"));
  }

  private static List<String> types(ResultSet row) throws SQLException {
    return JSON.readValue(row.getString("types"), TEXTS);
  }

  private static Message readMessage(ResultSet row) throws SQLException {
    return new Message(
        row.getString("webhook_id"),
        row.getString("id"),
        row.getString("type"),
        row.getString("body"),
        State.of(row.getString("state")),
        row.getInt("attempts"),
        Instant.ofEpochMilli(row.getLong("created_at")),
        Instant.ofEpochMilli(row.getLong("due_at")),
        time(row, "tried_at"),
        time(row, "settled_at"),
        row.getString("status"),
        row.getString("last_error"));
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    long time = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(time);
  }

  private static @Nullable Long time(@Nullable Instant time) {
    return time == null ? null : time.toEpochMilli();
  }
}
