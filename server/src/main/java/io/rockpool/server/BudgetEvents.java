package io.rockpool.server;

import io.rockpool.control.event.Events;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.BudgetOwner;
import io.rockpool.control.usage.Ledger;
import io.rockpool.runtime.InstanceId;
import java.util.Locale;

/** Tells what is spent or used up among the events of the instance that did it. */
record BudgetEvents(Events events) implements Ledger.Announcements {
  @Override
  public void spent(InstanceId instance, BudgetOwner owner, Budget budget, int percent) {
    events.append(
        instance,
        percent >= 100 ? "BudgetSpent" : "BudgetWarning",
        null,
        "%d %% of the budget of %s is spent (%s, %s)."
            .formatted(
                percent,
                whose(owner),
                budget.amount(),
                budget.period().name().toLowerCase(Locale.ROOT)));
  }

  @Override
  public void usedUp(InstanceId instance, BudgetOwner owner, long tokensPerDay) {
    events.append(
        instance,
        "TokensUsedUp",
        null,
        "Today's tokens of %s are used up (%d). There are new ones from midnight UTC."
            .formatted(whose(owner), tokensPerDay));
  }

  private static String whose(BudgetOwner owner) {
    return switch (owner.kind()) {
      case INSTANCE -> "this instance";
      case ACCOUNT -> "the account";
    };
  }
}
