package io.rockpool.control.instance;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.store.In;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Instances in a relational database. */
public final class SqlInstanceStore implements InstanceStore {
  /** The {@code due_at} of what somebody holds and nobody changed. */
  private static final long NOT_DUE = Long.MAX_VALUE;

  private static final Duration CREATION_KEYS_LIVE = Duration.ofHours(24);
  private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};
  static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_LONG_FOR_INTS).build();
  private static final Parsed<Status> STATUSES = new Parsed<>(JSON, Status.class);
  private static final Parsed<Rest> RESTS = new Parsed<>(JSON, Rest.class);
  private static final Parsed<Term> TERMS = new Parsed<>(JSON, Term.class);

  private final Sql sql;

  public SqlInstanceStore(Sql sql) {
    this.sql = sql;
  }

  @Override
  public Inserted insert(
      Instance instance, @Nullable String creationKey, int most, Consumer<Sql> along) {
    var now = instance.createdAt().toEpochMilli();
    return sql.transaction(it -> {
      countAlone(it, instance, most);
      if (!Accounts.isThere(it, instance.accountId())) {
        return new Inserted.NoAccount();
      }
      expireCreationKey(it, instance, creationKey);
      if (isFull(it, instance, most)) {
        return createdBefore(it, instance, creationKey)
            .<Inserted>map(Inserted.Before::new)
            .orElseGet(Inserted.Full::new);
      }
      var added =
          it.update(
              """
              INSERT INTO instance (id, account_id, creation_key, name, plan, runtime, agents, config, goal,
                generation, process_generation, created_at, updated_at, phase, status, due_at, lease_owner, lease_until,
                level, rest, active_at, revision)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0, ?, ?, ?, ?)
              ON CONFLICT (account_id, creation_key) DO NOTHING
              """,
              instance.id().value(),
              instance.accountId(),
              creationKey,
              instance.name(),
              instance.wanted().plan(),
              instance.wanted().runtime(),
              JSON.writeValueAsString(instance.wanted().agents()),
              instance.wanted().config(),
              word(instance.wanted().goal()),
              instance.wanted().generation(),
              instance.wanted().processGeneration(),
              now,
              instance.updatedAt().toEpochMilli(),
              word(instance.status().phase()),
              JSON.writeValueAsString(instance.status()),
              now,
              word(instance.rest().level()),
              JSON.writeValueAsString(instance.rest()),
              instance.rest().activeAt().toEpochMilli(),
              instance.revision());
      if (added == 1) {
        along.accept(it);
        return new Inserted.New();
      }
      return new Inserted.Before(createdBefore(it, instance, creationKey).orElseThrow());
    });
  }

  /** Where they are bounded, nobody else adds one for this account until the transaction ends. */
  static void countAlone(Sql it, Instance instance, int most) {
    if (most != Integer.MAX_VALUE) {
      it.lock("account", instance.accountId());
    }
  }

  /** Whether the account has as many of the plan as it may. */
  static boolean isFull(Sql it, Instance instance, int most) {
    return most != Integer.MAX_VALUE
        && it.query(
                    "SELECT COUNT(*) FROM instance WHERE account_id = ? AND plan = ? AND goal <> 'gone'",
                    row -> row.getLong(1),
                    instance.accountId(),
                    instance.wanted().plan())
                .getFirst()
            >= most;
  }

  /** Makes room for {@code creationKey} where it is too old to count. */
  static void expireCreationKey(Sql it, Instance instance, @Nullable String creationKey) {
    it.update(
        "UPDATE instance SET creation_key = NULL WHERE account_id = ? AND creation_key = ? AND created_at <= ?",
        instance.accountId(),
        creationKey,
        instance.createdAt().toEpochMilli() - CREATION_KEYS_LIVE.toMillis());
  }

  /** What the same account made with the same key. */
  static Optional<Instance> createdBefore(Sql it, Instance instance, @Nullable String creationKey) {
    return it
        .query(
            "SELECT * FROM instance WHERE account_id = ? AND creation_key = ?",
            SqlInstanceStore::read,
            instance.accountId(),
            creationKey)
        .stream()
        .findFirst();
  }

  @Override
  public Optional<Instance> find(Actor actor, InstanceId id) {
    return find(actor, id, SqlInstanceStore::read);
  }

  private <T> Optional<T> find(Actor actor, InstanceId id, Sql.Row<T> row) {
    return sql
        .query(
            "SELECT * FROM instance WHERE id = ? AND account_id = COALESCE(?, account_id) AND account_id <> ?",
            row,
            id.value(),
            owner(actor),
            hidden(actor))
        .stream()
        .findFirst();
  }

  @Override
  public List<Instance> find(Actor actor, List<InstanceId> ids) {
    if (ids.isEmpty()) {
      return List.of();
    }
    var values = new ArrayList<@Nullable Object>();
    values.add(owner(actor));
    values.add(hidden(actor));
    values.addAll(List.of(In.values(ids.stream().map(InstanceId::value).toList())));
    return sql.query(
        "SELECT * FROM instance WHERE account_id = COALESCE(?, account_id) AND account_id <> ? AND id IN (%s)"
            .formatted(In.places(ids.size())),
        SqlInstanceStore::read,
        values.toArray());
  }

  /** A row, with its status as it stands there. */
  private record Found(Instance instance, String status) {
    static Found read(ResultSet row) throws SQLException {
      return new Found(SqlInstanceStore.read(row), row.getString("status"));
    }
  }

  @Override
  public List<Instance> list(Actor actor, @Nullable Position position, int limit) {
    var behind = position == null ? new Position(Instant.EPOCH, "") : position;
    var owner = owner(actor);
    var page =
        """
        SELECT * FROM instance WHERE (created_at, id) > (?, ?) AND %s ORDER BY created_at, id LIMIT ?
        """;
    var time = behind.createdAt().toEpochMilli();
    return owner == null
        ? sql.query(
            page.formatted("account_id <> ?"),
            SqlInstanceStore::read,
            time,
            behind.id(),
            hidden(actor),
            limit)
        : sql.query(
            page.formatted("account_id = ?"),
            SqlInstanceStore::read,
            time,
            behind.id(),
            owner,
            limit);
  }

  @Override
  public Optional<Instance> change(
      Actor actor, InstanceId id, Function<Instance, Instance> change) {
    while (true) {
      var found = find(actor, id, Found::read);
      if (found.isEmpty() || found.get().instance().wanted().goal() == Goal.GONE) {
        return Optional.empty();
      }
      var before = found.get().instance();
      var after = change.apply(before);
      if (after.wanted().equals(before.wanted())
          && after.rest().equals(before.rest())
          && after.term().equals(before.term())) {
        return Optional.of(before);
      }
      if (write(found.get(), after)) {
        return Optional.of(after.revised());
      }
    }
  }

  /** Writes, unless the wish or what was seen has become another one. */
  private boolean write(Found before, Instance after) {
    var wanted = after.wanted();
    var reviewAt = after.term().reviewAt();
    return sql.update(
            """
            UPDATE instance SET goal = ?, plan = ?, agents = ?, config = ?, generation = ?, process_generation = ?,
              updated_at = ?, phase = ?, status = ?, due_at = ?, level = ?, rest = ?, active_at = ?, term = ?, review_at = ?,
              held = ?, revision = revision + 1
            WHERE id = ? AND revision = ? AND status = ?
            """,
            word(wanted.goal()),
            wanted.plan(),
            JSON.writeValueAsString(wanted.agents()),
            wanted.config(),
            wanted.generation(),
            wanted.processGeneration(),
            after.updatedAt().toEpochMilli(),
            word(after.status().phase()),
            JSON.writeValueAsString(after.status()),
            after.updatedAt().toEpochMilli(),
            word(after.rest().level()),
            JSON.writeValueAsString(after.rest()),
            after.rest().activeAt().toEpochMilli(),
            JSON.writeValueAsString(after.term()),
            reviewAt == null ? null : (Long) reviewAt.toEpochMilli(),
            after.term().hold() == null ? 0 : 1,
            before.instance().id().value(),
            before.instance().revision(),
            before.status())
        == 1;
  }

  @Override
  public List<InstanceId> claim(String owner, Lane lane, int limit, Instant now, Duration lease) {
    // Free and due, or changed while we hold it. Or its holder is gone: a lease that ended without
    // a word is work that nobody finished.
    var due = "due_at <= ? AND (lease_until <= ? OR lease_owner = ?)";
    var left = "lease_owner IS NOT NULL AND lease_until <= ?";
    // What was claimed from the pool runs: it needs no place among the starts.
    var mine =
        lane == Lane.STARTS
            ? "(phase = 'provisioning' AND goal = 'running' AND (warmed_at = 0 OR account_id = 'pool'))"
            : "(phase <> 'provisioning' OR goal <> 'running' OR (warmed_at > 0 AND account_id <> 'pool'))";
    // Two queries because each has an index. What others hold locked is passed over: of two claims
    // that wait for each other's rows PostgreSQL would end one.
    var claim =
        """
        WITH claimable AS MATERIALIZED (
          SELECT id, due_at FROM (
            SELECT id, due_at FROM instance WHERE %1$s AND %3$s ORDER BY due_at LIMIT ? %4$s) AS free
          UNION SELECT id, due_at FROM (
            SELECT id, due_at FROM instance WHERE %2$s AND %3$s ORDER BY due_at LIMIT ? %4$s) AS abandoned
          ORDER BY due_at LIMIT ?)
        UPDATE instance SET lease_owner = ?, lease_until = ?, due_at = ?
        WHERE id IN (SELECT id FROM claimable)
        RETURNING id
        """
            .formatted(due, left, mine, sql.lockUnlocked());
    var time = now.toEpochMilli();
    return sql.change(
        claim,
        row -> new InstanceId(row.getString("id")),
        time,
        time,
        owner,
        limit,
        time,
        limit,
        limit,
        owner,
        now.plus(lease).toEpochMilli(),
        NOT_DUE);
  }

  @Override
  public boolean take(String owner, InstanceId id, Instant now, Duration lease) {
    return sql.update(
            "UPDATE instance SET lease_owner = ?, lease_until = ? WHERE id = ? AND (lease_owner = ? OR lease_until <= ?)",
            owner,
            now.plus(lease).toEpochMilli(),
            id.value(),
            owner,
            now.toEpochMilli())
        == 1;
  }

  @Override
  public void renew(String owner, Collection<InstanceId> ids, Instant now, Instant until) {
    if (ids.isEmpty()) {
      return;
    }
    var values = new ArrayList<Object>(List.of(until.toEpochMilli(), owner, now.toEpochMilli()));
    ids.forEach(id -> values.add(id.value()));
    sql.update(
        "UPDATE instance SET lease_until = ? WHERE lease_owner = ? AND lease_until > ? AND id IN (%s)"
            .formatted(places(ids)),
        values.toArray());
  }

  @Override
  public Optional<Instance> held(String owner, InstanceId id, Instant now) {
    return sql
        .query(
            "SELECT * FROM instance WHERE id = ? AND lease_owner = ? AND lease_until > ?",
            SqlInstanceStore::read,
            id.value(),
            owner,
            now.toEpochMilli())
        .stream()
        .findFirst();
  }

  @Override
  public boolean saveStatus(String owner, InstanceId id, long generation, Status status) {
    return sql.update(
            """
            UPDATE instance SET phase = ?, status = ?,
              warmed_at = CASE WHEN account_id = 'pool' THEN warmed_at ELSE 0 END
            WHERE id = ? AND lease_owner = ? AND generation = ?
            """,
            word(status.phase()),
            JSON.writeValueAsString(status),
            id.value(),
            owner,
            generation)
        == 1;
  }

  @Override
  public void release(String owner, InstanceId id, long revision, Instant dueAt) {
    // A change after the claim made it due, and a second claim by its holder took that note away:
    // the time of the change says it as well.
    sql.update(
        """
        UPDATE instance SET lease_owner = NULL, lease_until = 0,
          due_at = CASE WHEN revision = ? THEN ? ELSE updated_at END
        WHERE id = ? AND lease_owner = ?
        """,
        revision,
        dueAt.toEpochMilli(),
        id.value(),
        owner);
  }

  @Override
  public void remove(String owner, InstanceId id, Instant now, Consumer<Sql> along) {
    sql.transaction(it -> {
      var held =
          it.query(
              "SELECT account_id FROM instance WHERE id = ? AND lease_owner = ?" + it.take(),
              row -> row.getString(1),
              id.value(),
              owner);
      if (held.isEmpty()) {
        return false;
      }
      along.accept(it);
      it.update(
          "INSERT INTO destroyed_instance (id, account_id, destroyed_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
          id.value(),
          held.getFirst(),
          now.toEpochMilli());
      it.update("DELETE FROM instance WHERE id = ?", id.value());
      it.update("DELETE FROM event WHERE instance_id = ?", id.value());
      return true;
    });
  }

  @Override
  public boolean wasDestroyed(InstanceId id) {
    return !sql.query(
            "SELECT id FROM destroyed_instance WHERE id = ?", row -> row.getString(1), id.value())
        .isEmpty();
  }

  @Override
  public void endLeases() {
    sql.update(
        "UPDATE instance SET lease_owner = NULL, lease_until = 0, due_at = 0 WHERE lease_owner IS NOT NULL");
  }

  @Override
  public void endLeases(String owner, Collection<InstanceId> ids) {
    if (ids.isEmpty()) {
      return;
    }
    var values = new ArrayList<Object>(List.of(owner));
    ids.forEach(id -> values.add(id.value()));
    sql.update(
        "UPDATE instance SET lease_owner = NULL, lease_until = 0, due_at = 0 WHERE lease_owner = ? AND id IN (%s)"
            .formatted(places(ids)),
        values.toArray());
  }

  @Override
  public void touchRunning(Instant now) {
    sql.update(
        "UPDATE instance SET due_at = ? WHERE goal = 'running' AND phase <> 'failed' AND due_at > ?",
        now.toEpochMilli(),
        now.toEpochMilli());
  }

  @Override
  public void renderAnew(@Nullable String account, Instant now) {
    renderAnew(sql, "account_id = COALESCE(?, account_id)", account, now);
  }

  @Override
  public void renderAnew(InstanceId id, Instant now) {
    renderAnew(sql, id, now);
  }

  /** The same in a transaction of the caller's, so that it is told of what the rest of it did. */
  public static void renderAnew(Sql transaction, InstanceId id, Instant now) {
    renderAnew(transaction, "id = ?", id.value(), now);
  }

  private static void renderAnew(Sql sql, String which, @Nullable String value, Instant now) {
    sql.update(
        "UPDATE instance SET generation = generation + 1, revision = revision + 1, updated_at = ?, due_at = ? WHERE goal <> 'gone' AND "
            + which,
        now.toEpochMilli(),
        now.toEpochMilli(),
        value);
  }

  @Override
  public void touch(Collection<InstanceId> ids, Instant now) {
    if (ids.isEmpty()) {
      return;
    }
    var values = new ArrayList<Object>(List.of(now.toEpochMilli(), now.toEpochMilli()));
    ids.forEach(id -> values.add(id.value()));
    sql.update(
        "UPDATE instance SET active_at = ? WHERE active_at < ? AND id IN (%s)"
            .formatted(places(ids)),
        values.toArray());
  }

  @Override
  public Set<InstanceId> unreachable(Collection<InstanceId> ids) {
    return ids.isEmpty()
        ? Set.of()
        : Set.copyOf(
            sql.query(
                "SELECT id FROM instance WHERE (phase <> 'running' OR level <> 'awake') AND id IN (%s)"
                    .formatted(places(ids)),
                row -> new InstanceId(row.getString("id")),
                ids.stream().map(InstanceId::value).toArray()));
  }

  @Override
  public List<Instance> longestIdle(Phase phase, int limit) {
    return sql.query(
        "SELECT * FROM instance WHERE phase = ? AND goal = 'running' ORDER BY active_at, id LIMIT ?",
        SqlInstanceStore::read,
        word(phase),
        limit);
  }

  @Override
  public List<InstanceId> toReview(Instant now, String behind, int limit) {
    return sql.query(
        "SELECT id FROM instance WHERE review_at <= ? AND id > ? AND goal <> 'gone' ORDER BY id LIMIT ?",
        row -> new InstanceId(row.getString("id")),
        now.toEpochMilli(),
        behind,
        limit);
  }

  @Override
  public int countFree(String accountId, String plan) {
    return sql.query(
            "SELECT COUNT(*) FROM instance WHERE account_id = ? AND plan = ? AND held = 0 AND goal <> 'gone'",
            row -> row.getInt(1),
            accountId,
            plan)
        .getFirst();
  }

  @Override
  public List<InstanceId> held() {
    return sql.query(
        "SELECT id FROM instance WHERE held = 1 AND goal <> 'gone' ORDER BY id",
        row -> new InstanceId(row.getString("id")));
  }

  @Override
  public Map<Phase, Long> countByPhase() {
    var counts = new EnumMap<Phase, Long>(Phase.class);
    sql.query(
            "SELECT phase, count(*) AS n FROM instance WHERE account_id <> 'pool' GROUP BY phase",
            row -> Map.entry(Phase.valueOf(upper(row.getString("phase"))), row.getLong("n")))
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    return counts;
  }

  private static @Nullable String owner(Actor actor) {
    return switch (actor) {
      case Actor.User(var account) -> account;
      case Actor.Operator _, Actor.Rockpool _ -> null;
    };
  }

  /** Whose instances this actor does not see; none has that name. */
  private static String hidden(Actor actor) {
    return actor instanceof Actor.Operator ? Accounts.POOL : "";
  }

  static Instance read(ResultSet row) throws SQLException {
    return new Instance(
        new InstanceId(row.getString("id")),
        row.getString("account_id"),
        row.getString("name"),
        Instant.ofEpochMilli(row.getLong("created_at")),
        Instant.ofEpochMilli(row.getLong("updated_at")),
        new Wanted(
            Goal.valueOf(upper(row.getString("goal"))),
            row.getString("plan"),
            row.getString("runtime"),
            JSON.readValue(row.getString("agents"), TEXTS),
            row.getString("config"),
            row.getLong("generation"),
            row.getLong("process_generation")),
        STATUSES.of(row.getString("status")),
        RESTS.of(row.getString("rest")).activeAt(Instant.ofEpochMilli(row.getLong("active_at"))),
        row.getLong("revision"),
        TERMS.of(row.getString("term")));
  }

  private static String places(Collection<?> values) {
    return String.join(", ", Collections.nCopies(values.size(), "?"));
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT);
  }
}
