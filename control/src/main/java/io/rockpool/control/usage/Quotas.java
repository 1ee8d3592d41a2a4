package io.rockpool.control.usage;

import io.rockpool.control.store.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Quotas of instances and accounts, at most one each. Who may see or set them is not decided here:
 * ask for the instance first, with the actor.
 */
public final class Quotas {
  /**
   * A quota with whom it binds.
   *
   * @param ofPlan whether it is not the owner's own, but that of its plan
   */
  record Owned(BudgetOwner owner, Quota quota, boolean ofPlan) {}

  private final Sql sql;
  private final Bindings bindings;

  public Quotas(Sql sql, Bindings bindings) {
    this.sql = sql;
    this.bindings = bindings;
  }

  /** Sets a quota, in place of the one before. What was used today, or just now, counts. */
  public void put(BudgetOwner owner, Quota quota) {
    sql.update(
        """
        INSERT INTO quota (owner, instance_id, account_id, tokens_per_day, requests_per_minute, tokens_per_minute,
          calls_at_once)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (owner) DO UPDATE SET tokens_per_day = excluded.tokens_per_day,
          requests_per_minute = excluded.requests_per_minute, tokens_per_minute = excluded.tokens_per_minute,
          calls_at_once = excluded.calls_at_once
        """,
        owner.key(),
        owner.kind() == BudgetOwner.Kind.INSTANCE ? owner.id() : null,
        owner.kind() == BudgetOwner.Kind.ACCOUNT ? owner.id() : null,
        orNull(quota.tokensPerDay()),
        orNull(quota.requestsPerMinute()),
        orNull(quota.tokensPerMinute()),
        orNull(quota.callsAtOnce()));
    forget(owner);
  }

  /** Takes the quota away. An instance is bound by that of its plan again. */
  public void remove(BudgetOwner owner) {
    sql.update("DELETE FROM quota WHERE owner = ?", owner.key());
    forget(owner);
  }

  private void forget(BudgetOwner owner) {
    Announced.forget(sql, owner, Announced.TOKENS_PER_DAY);
    bindings.forget();
  }

  /** Whether the owner has one of its own. */
  public boolean has(BudgetOwner owner) {
    return of(sql, owner).isPresent();
  }

  /** The owner's own quota, not its plan's. */
  static Optional<Owned> of(Sql sql, BudgetOwner owner) {
    return sql.query("SELECT * FROM quota WHERE owner = ?", Quotas::read, owner.key()).stream()
        .findFirst();
  }

  static Owned read(ResultSet row) throws SQLException {
    return new Owned(
        BudgetOwner.read(row),
        new Quota(
            number(row, "tokens_per_day"),
            number(row, "requests_per_minute"),
            number(row, "tokens_per_minute"),
            number(row, "calls_at_once")),
        false);
  }

  private static OptionalLong number(ResultSet row, String name) throws SQLException {
    var value = row.getLong(name);
    return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static @Nullable Long orNull(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }
}
