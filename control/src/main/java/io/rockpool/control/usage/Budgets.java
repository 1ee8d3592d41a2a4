package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Budgets of instances and accounts, at most one each. Who may see or set them is not decided here:
 * ask for the instance first, with the actor.
 */
public final class Budgets {
  /**
   * A budget with whom it binds.
   *
   * @param ofPlan whether it is not the owner's own, but that of its plan
   */
  record Owned(BudgetOwner owner, Budget budget, boolean ofPlan) {}

  private final Sql sql;
  private final Bindings bindings;

  public Budgets(Sql sql, Bindings bindings) {
    this.sql = sql;
    this.bindings = bindings;
  }

  /** Sets a budget. What was spent before in its window counts; what was announced is forgotten. */
  public void put(BudgetOwner owner, Budget budget) {
    sql.update(
        """
        INSERT INTO budget (owner, instance_id, account_id, currency, amount, period, hard)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (owner) DO UPDATE SET currency = excluded.currency, amount = excluded.amount,
          period = excluded.period, hard = excluded.hard
        """,
        owner.key(),
        owner.kind() == BudgetOwner.Kind.INSTANCE ? owner.id() : null,
        owner.kind() == BudgetOwner.Kind.ACCOUNT ? owner.id() : null,
        budget.amount().currency().getCurrencyCode(),
        budget.amount().nanos(),
        budget.period().name(),
        budget.hard() ? 1 : 0);
    forget(owner);
  }

  /** Takes the budget away. An instance is bound by that of its plan again. */
  public void remove(BudgetOwner owner) {
    sql.update("DELETE FROM budget WHERE owner = ?", owner.key());
    forget(owner);
  }

  private void forget(BudgetOwner owner) {
    Announced.forget(sql, owner, Announced.BUDGET);
    bindings.forget();
  }

  /** Whether the owner has one of its own. */
  public boolean has(BudgetOwner owner) {
    return of(sql, owner).isPresent();
  }

  /** The owner's own budget, not its plan's. */
  static Optional<Owned> of(Sql sql, BudgetOwner owner) {
    return sql.query("SELECT * FROM budget WHERE owner = ?", Budgets::read, owner.key()).stream()
        .findFirst();
  }

  static Owned read(ResultSet row) throws SQLException {
    return new Owned(
        BudgetOwner.read(row),
        new Budget(
            new Money(Money.currency(row.getString("currency")), row.getLong("amount")),
            Period.valueOf(row.getString("period")),
            row.getLong("hard") == 1),
        false);
  }
}
