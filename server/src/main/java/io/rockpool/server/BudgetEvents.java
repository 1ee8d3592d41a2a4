package io.rockpool.server;

import io.rockpool.control.event.Events;
import io.rockpool.control.usage.Budget;
import io.rockpool.control.usage.BudgetOwner;
import io.rockpool.control.usage.Ledger;
import io.rockpool.runtime.InstanceId;
import java.util.Locale;

/** Tells what is spent of a budget among the events of the instance that spent it. */
record BudgetEvents(Events events) implements Ledger.Announcements {
  @Override
  public void spent(InstanceId instance, BudgetOwner owner, Budget budget, int percent) {
    var whose =
        switch (owner.kind()) {
          case INSTANCE -> "this instance";
          case ACCOUNT -> "the account";
        };
    events.append(
        instance,
        percent >= 100 ? "BudgetSpent" : "BudgetWarning",
        null,
        "%d %% of the budget of %s is spent (%s, %s)."
            .formatted(
                percent, whose, budget.amount(), budget.period().name().toLowerCase(Locale.ROOT)));
  }
}
