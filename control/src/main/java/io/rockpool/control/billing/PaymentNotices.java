package io.rockpool.control.billing;

import io.rockpool.control.store.Sql;
import io.rockpool.payment.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What providers told us, each once, until somebody has looked into it. */
public final class PaymentNotices {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

  /** Longer than any provider sends one again. */
  private static final Duration KEPT = Duration.ofDays(40);

  /**
   * @param tries how often somebody looked into it before
   */
  record Claimed(String provider, Notice notice, int tries) {}

  private final Sql sql;

  public PaymentNotices(Sql sql) {
    this.sql = sql;
  }

  /** Keeps a notice; false when it is here already. */
  public boolean add(String provider, Notice notice, Instant now) {
    return sql.update(
            """
            INSERT INTO payment_notice (provider, id, type, kind, about, received_at, due_at, tries, done)
            VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)
            ON CONFLICT (provider, id) DO NOTHING
            """,
            provider,
            notice.id(),
            notice.type(),
            notice.kind().name(),
            JSON.writeValueAsString(notice.about()),
            now.toEpochMilli(),
            now.toEpochMilli())
        == 1;
  }

  /** Takes up to {@code limit} of them until {@code now + lease}, longest due first. */
  List<Claimed> claim(int limit, Instant now, Duration lease) {
    return sql.change(
        """
        WITH claimable AS MATERIALIZED (
          SELECT provider, id FROM payment_notice WHERE done = 0 AND due_at <= ? ORDER BY due_at LIMIT ? %s)
        UPDATE payment_notice SET due_at = ?, tries = tries + 1
        WHERE (provider, id) IN (SELECT provider, id FROM claimable)
        RETURNING *
        """
            .formatted(sql.lockUnlocked()),
        row ->
            new Claimed(
                row.getString("provider"),
                new Notice(
                    row.getString("id"),
                    row.getString("type"),
                    Notice.Kind.valueOf(row.getString("kind")),
                    JSON.readValue(row.getString("about"), TEXTS)),
                row.getInt("tries")),
        now.toEpochMilli(),
        limit,
        now.plus(lease).toEpochMilli());
  }

  /** Nothing is left to do for it. */
  void done(Claimed claimed) {
    sql.update(
        "UPDATE payment_notice SET done = 1 WHERE provider = ? AND id = ?",
        claimed.provider(),
        claimed.notice().id());
  }

  /** Somebody looks into it again then. */
  void later(Claimed claimed, Instant due) {
    sql.update(
        "UPDATE payment_notice SET due_at = ? WHERE provider = ? AND id = ?",
        due.toEpochMilli(),
        claimed.provider(),
        claimed.notice().id());
  }

  /** Removes those that come no more. */
  void forgetOld(Instant now) {
    sql.update(
        "DELETE FROM payment_notice WHERE received_at < ? AND done = 1",
        now.minus(KEPT).toEpochMilli());
  }
}
