package io.rockpool.control.instance;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.event.Events;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Members of the pool in a relational database: rows of the table of all instances. */
public final class SqlMemberStore implements MemberStore {
  /** Unique_violation; PostgreSQL manual, appendix A. */
  private static final String NOT_UNIQUE = "23505";

  private static final JsonMapper JSON = SqlInstanceStore.JSON;

  private final Sql sql;
  private final Events events;

  /**
   * @param events whoever gets a member is told as if it was new
   */
  public SqlMemberStore(Sql sql, Events events) {
    this.sql = sql;
    this.events = events;
  }

  @Override
  public List<Member> members() {
    return sql.query(
        "SELECT * FROM instance WHERE account_id = ? AND goal <> 'gone' ORDER BY created_at, id",
        SqlMemberStore::read,
        Accounts.POOL);
  }

  @Override
  public Claimed claim(Member member, Instance owned, @Nullable String creationKey, int most) {
    try {
      return sql.transaction(it -> claim(it, member, owned, creationKey, most));
    } catch (StoreException e) {
      // The same key in the same moment, on another replica: look again.
      if (e.getCause() instanceof SQLException cause && NOT_UNIQUE.equals(cause.getSQLState())) {
        return new Claimed.Lost();
      }
      throw e;
    }
  }

  /** A member, with its status as it stands there. */
  private record Row(Member member, String status) {}

  private Claimed claim(
      Sql it, Member member, Instance owned, @Nullable String creationKey, int most) {
    SqlInstanceStore.countAlone(it, owned, most);
    if (!Accounts.isThere(it, owned.accountId())) {
      return new Claimed.NoAccount();
    }
    SqlInstanceStore.expireCreationKey(it, owned, creationKey);
    var before = SqlInstanceStore.createdBefore(it, owned, creationKey);
    if (before.isPresent()) {
      return new Claimed.Before(before.get());
    }
    if (SqlInstanceStore.isFull(it, owned, most)) {
      return new Claimed.Full();
    }
    var rows =
        it.query(
            "SELECT * FROM instance WHERE id = ? AND account_id = ? AND goal = 'running'",
            row -> new Row(read(row), row.getString("status")),
            owned.id().value(),
            Accounts.POOL);
    if (rows.isEmpty() || !rows.getFirst().member().equals(member)) {
      return new Claimed.Lost();
    }
    var now = owned.updatedAt().toEpochMilli();
    int won =
        it.update(
            """
            UPDATE instance SET account_id = ?, creation_key = ?, name = ?, agents = ?, config = ?, generation = ?,
              process_generation = ?, created_at = ?, updated_at = ?, phase = ?, status = ?, due_at = ?, level = ?,
              rest = ?, active_at = ?, revision = ?, warming_until = 0
            WHERE id = ? AND account_id = ? AND revision = ? AND status = ?
            """,
            owned.accountId(),
            creationKey,
            owned.name(),
            JSON.writeValueAsString(owned.wanted().agents()),
            owned.wanted().config(),
            owned.wanted().generation(),
            owned.wanted().processGeneration(),
            owned.createdAt().toEpochMilli(),
            now,
            SqlInstanceStore.word(owned.status().phase()),
            JSON.writeValueAsString(owned.status()),
            now,
            SqlInstanceStore.word(owned.rest().level()),
            JSON.writeValueAsString(owned.rest()),
            owned.rest().activeAt().toEpochMilli(),
            owned.revision(),
            owned.id().value(),
            Accounts.POOL,
            member.instance().revision(),
            rows.getFirst().status());
    if (won == 0) {
      return new Claimed.Lost();
    }
    // Here, so that what the reconciler says next comes behind it.
    it.update("DELETE FROM event WHERE instance_id = ?", owned.id().value());
    events.append(
        it, owned.id(), "Created", 0, "The instance was created, of one that was already started.");
    if (owned.status().phase() == Phase.RUNNING) {
      events.append(it, owned.id(), "Running", 100, "It answers.");
    }
    return new Claimed.Won(owned);
  }

  @Override
  public boolean beginWarming(InstanceId id, Instant now, Instant until) {
    return sql.update(
            "UPDATE instance SET warming_until = ? WHERE id = ? AND account_id = ? AND warming_until <= ?",
            until.toEpochMilli(),
            id.value(),
            Accounts.POOL,
            now.toEpochMilli())
        == 1;
  }

  @Override
  public void warmed(InstanceId id, Instant now) {
    sql.update(
        "UPDATE instance SET warmed_at = ?, warming_until = 0 WHERE id = ? AND account_id = ?",
        now.toEpochMilli(),
        id.value(),
        Accounts.POOL);
  }

  @Override
  public Demand demand(String plan, String runtime, Instant since) {
    var newest =
        sql
            .query(
                "SELECT * FROM instance WHERE account_id <> ? AND plan = ? AND runtime = ? ORDER BY created_at DESC, id LIMIT 1",
                SqlInstanceStore::read,
                Accounts.POOL,
                plan,
                runtime)
            .stream()
            .findFirst();
    return new Demand(
        count(
            "SELECT count(*) FROM instance WHERE account_id <> ? AND plan = ? AND runtime = ? AND created_at > ?",
            Accounts.POOL,
            plan,
            runtime,
            since.toEpochMilli()),
        newest.map(Instance::createdAt).orElse(Instant.EPOCH),
        newest.map(it -> it.wanted().agents()).orElse(List.of()),
        count(
            "SELECT count(*) FROM instance WHERE account_id <> ? AND phase = 'provisioning' AND goal = 'running'",
            Accounts.POOL));
  }

  private int count(String query, Object... values) {
    return sql.query(query, row -> row.getInt(1), values).getFirst();
  }

  private static Member read(ResultSet row) throws SQLException {
    long warmedAt = row.getLong("warmed_at");
    return new Member(
        SqlInstanceStore.read(row), warmedAt == 0 ? null : Instant.ofEpochMilli(warmedAt));
  }
}
