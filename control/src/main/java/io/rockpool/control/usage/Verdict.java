package io.rockpool.control.usage;

/** Whether a call may begin. */
public sealed interface Verdict {
  /**
   * It may.
   *
   * @param written so many tokens it may write at most; fewer than it asked for where the budget is
   *     nearly used up
   * @param reserved billionths that are set aside for it in its price's currency; 0 where no hard
   *     budget binds it
   */
  record Granted(long written, long reserved) implements Verdict {
    /** Whether a hard budget holds it to {@link #written}. */
    public boolean isBound() {
      return reserved > 0;
    }
  }

  /** Calls in flight have set aside what it needs: perhaps they leave some of it. */
  record Wait() implements Verdict {}

  /** Calls in flight hold the rest of a budget, and it has waited for them long enough. */
  record Busy(BudgetOwner owner, Budget budget) implements Verdict {}

  /** The rest of a budget does not suffice. */
  record Spent(BudgetOwner owner, Budget budget) implements Verdict {}

  /** There is a hard budget, and no telling what the call would cost: its model has no price. */
  record Unpriced(BudgetOwner owner, Budget budget) implements Verdict {}
}
