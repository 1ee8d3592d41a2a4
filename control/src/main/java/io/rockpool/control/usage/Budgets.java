package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Optional;

/**
 * Budgets of instances and accounts, at most one each. Who may see or set them is not decided here:
 * ask for the instance first, with the actor.
 */
public final class Budgets {
  private final Sql sql;

  public Budgets(Sql sql) {
    this.sql = sql;
  }

  /** Sets a budget. What was spent before in its window counts; what was announced is forgotten. */
  public void put(BudgetOwner owner, Budget budget) {
    sql.update(
        """
        INSERT INTO budget (owner, instance_id, account_id, currency, amount, period, hard, told_from, told)
        VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)
        ON CONFLICT (owner) DO UPDATE SET currency = excluded.currency, amount = excluded.amount,
          period = excluded.period, hard = excluded.hard, told_from = 0, told = 0
        """,
        owner.key(),
        owner.kind() == BudgetOwner.Kind.INSTANCE ? owner.id() : null,
        owner.kind() == BudgetOwner.Kind.ACCOUNT ? owner.id() : null,
        budget.amount().currency().getCurrencyCode(),
        budget.amount().nanos(),
        budget.period().name(),
        budget.hard() ? 1 : 0);
  }

  /** Takes the budget away: nothing binds the owner any more. */
  public void remove(BudgetOwner owner) {
    sql.update("DELETE FROM budget WHERE owner = ?", owner.key());
  }

  static Optional<Budget> read(Sql it, BudgetOwner owner) {
    return it.query("SELECT * FROM budget WHERE owner = ?", Budgets::read, owner.key()).stream()
        .findFirst();
  }

  /** Reads a budget in a transaction that others with the same owner wait for. */
  static Optional<Budget> locked(Sql it, BudgetOwner owner) {
    return it
        .change(
            "UPDATE budget SET hard = hard WHERE owner = ? RETURNING *", Budgets::read, owner.key())
        .stream()
        .findFirst();
  }

  /** Notes what is announced; false if it was before, in this window. */
  static boolean announce(Sql it, BudgetOwner owner, LocalDate start, int percent) {
    return it.update(
            """
            UPDATE budget SET told_from = ?, told = ?
            WHERE owner = ? AND (told_from < ? OR (told_from = ? AND told < ?) OR told = 0)
            """,
            start.toEpochDay(),
            percent,
            owner.key(),
            start.toEpochDay(),
            start.toEpochDay(),
            percent)
        > 0;
  }

  private static Budget read(ResultSet row) throws SQLException {
    return new Budget(
        new Money(Money.currency(row.getString("currency")), row.getLong("amount")),
        Period.valueOf(row.getString("period")),
        row.getLong("hard") == 1);
  }
}
