package io.rockpool.control.usage;

import io.rockpool.control.money.Money;
import io.rockpool.control.store.Sql;
import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Budgets of instances and accounts, at most one each. Who may see or set them is not decided here:
 * ask for the instance first, with the actor.
 */
public final class Budgets {
  /** Another server's change is seen after this. */
  private static final Duration REMEMBERED = Duration.ofSeconds(1);

  private static final int MOST_REMEMBERED = 10_000;

  /** A budget with whom it binds. */
  record Owned(BudgetOwner owner, Budget budget) {}

  private record Known(Instant until, Optional<Budget> budget) {}

  private final Sql sql;
  private final InstantSource clock;
  private final Map<BudgetOwner, Known> known = new ConcurrentHashMap<>();

  public Budgets(Sql sql, InstantSource clock) {
    this.sql = sql;
    this.clock = clock;
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
    known.remove(owner);
  }

  /** Takes the budget away: nothing binds the owner any more. */
  public void remove(BudgetOwner owner) {
    sql.update("DELETE FROM budget WHERE owner = ?", owner.key());
    known.remove(owner);
  }

  public Optional<Budget> of(BudgetOwner owner) {
    return sql.query("SELECT * FROM budget WHERE owner = ?", Budgets::read, owner.key()).stream()
        .findFirst()
        .map(Owned::budget);
  }

  /** Whether a hard budget binds an instance of an account; by what was true a second ago. */
  boolean mayBind(String account, InstanceId instance) {
    return isHard(BudgetOwner.account(account)) || isHard(BudgetOwner.of(instance));
  }

  private boolean isHard(BudgetOwner owner) {
    var before = known.get(owner);
    var now = clock.instant();
    if (before == null || !now.isBefore(before.until())) {
      before = new Known(now.plus(REMEMBERED), of(owner));
      if (known.size() >= MOST_REMEMBERED) {
        known.clear();
      }
      known.put(owner, before);
    }
    return before.budget().filter(Budget::hard).isPresent();
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

  static Owned read(ResultSet row) throws SQLException {
    var instance = row.getString("instance_id");
    return new Owned(
        instance == null
            ? BudgetOwner.account(row.getString("account_id"))
            : new BudgetOwner(BudgetOwner.Kind.INSTANCE, instance),
        new Budget(
            new Money(Money.currency(row.getString("currency")), row.getLong("amount")),
            Period.valueOf(row.getString("period")),
            row.getLong("hard") == 1));
  }
}
