package io.rockpool.server;

import io.rockpool.control.store.Sql;
import io.rockpool.server.http.Answer;
import io.rockpool.server.http.IdempotencyStore;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Idempotency keys in the database, so that all replicas share them. */
final class SqlIdempotencyStore implements IdempotencyStore {
  private static final JsonMapper JSON = JsonMapper.shared();

  private record Kept(String requestHash, @Nullable String answer) {}

  private final Sql sql;

  SqlIdempotencyStore(Sql sql) {
    this.sql = sql;
  }

  @Override
  public Begun begin(String account, String key, String requestHash, Instant now) {
    return sql.transaction(it -> {
      it.update(
          """
          DELETE FROM idempotency WHERE (answer IS NOT NULL AND created_at <= ?)
            OR (answer IS NULL AND created_at <= ? AND account_id = ? AND key = ?)
          """,
          now.minus(KEPT).toEpochMilli(),
          now.minus(HELD).toEpochMilli(),
          account,
          key);
      var added =
          it.update(
              "INSERT INTO idempotency (account_id, key, request_hash, answer, created_at) VALUES (?, ?, ?, NULL, ?) ON CONFLICT (account_id, key) DO NOTHING",
              account,
              key,
              requestHash,
              now.toEpochMilli());
      if (added == 1) {
        return new New();
      }
      var kept =
          it.query(
              "SELECT request_hash, answer FROM idempotency WHERE account_id = ? AND key = ?",
              row -> new Kept(row.getString(1), row.getString(2)),
              account,
              key);
      // Gone between the two statements: it was given back. The caller asks again.
      return kept.isEmpty() ? new InUse() : found(kept.getFirst(), requestHash);
    });
  }

  private static Begun found(Kept kept, String requestHash) {
    if (!kept.requestHash().equals(requestHash)) {
      return new Mismatch();
    }
    var answer = kept.answer();
    return answer == null ? new InUse() : new Replay(JSON.readValue(answer, Answer.class));
  }

  @Override
  public void finish(String account, String key, String requestHash, Answer answer, Instant now) {
    sql.update(
        """
        UPDATE idempotency SET answer = ?, created_at = ?
        WHERE account_id = ? AND key = ? AND request_hash = ? AND answer IS NULL
        """,
        JSON.writeValueAsString(answer),
        now.toEpochMilli(),
        account,
        key,
        requestHash);
  }

  @Override
  public void abandon(String account, String key, String requestHash) {
    sql.update(
        "DELETE FROM idempotency WHERE account_id = ? AND key = ? AND request_hash = ? AND answer IS NULL",
        account,
        key,
        requestHash);
  }
}
