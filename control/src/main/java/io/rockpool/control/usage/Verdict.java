package io.rockpool.control.usage;

import java.time.Duration;

/** Whether a call may begin. */
public sealed interface Verdict {
  /**
   * It may.
   *
   * @param written so many tokens it may write at most; fewer than it asked for where the budget is
   *     nearly used up
   * @param reserved billionths that are set aside for it in its price's currency; 0 where no hard
   *     budget binds it
   * @param tokens that are set aside for it of a day's; 0 where no quota limits them
   */
  record Granted(long written, long reserved, long tokens) implements Verdict {
    /** Where no quota limits the tokens of a day. */
    Granted(long written, long reserved) {
      this(written, reserved, 0);
    }

    /** Whether something holds it to {@link #written}. */
    public boolean isBound() {
      return reserved > 0 || tokens > 0;
    }
  }

  /**
   * Calls in flight have set aside what it needs: perhaps they leave some of it.
   *
   * @param owner whose budget or day has the least room
   */
  record Wait(BudgetOwner owner) implements Verdict {}

  /** Calls in flight hold the rest of a budget, and it has waited for them long enough. */
  record Busy(BudgetOwner owner, Budget budget) implements Verdict {}

  /** The rest of a budget does not suffice. */
  record Spent(BudgetOwner owner, Budget budget) implements Verdict {}

  /**
   * There is a hard budget, and no telling what the call would cost: its model has no price, or
   * none in a currency with a rate into the budget's.
   */
  record Unpriced(BudgetOwner owner, Budget budget) implements Verdict {}

  /** Too many calls have ended that the database does not book: nobody would count this one. */
  record Unbookable() implements Verdict {}

  /** The rest of a day's tokens does not suffice. */
  record UsedUp(BudgetOwner owner, long tokensPerDay) implements Verdict {}

  /**
   * A quota forbids it for now, and it has waited long enough, or did not want to.
   *
   * @param limit of what is measured
   * @param pause after which it may be otherwise
   */
  record Throttled(BudgetOwner owner, Quota.Measure measure, long limit, Duration pause)
      implements Verdict {}
}
