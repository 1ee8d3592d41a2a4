package io.rockpool.control.usage;

import io.rockpool.runtime.InstanceId;
import java.util.Locale;

/** Whom a budget binds: one instance, or all of an account together. */
public record BudgetOwner(Kind kind, String id) {
  public enum Kind {
    ACCOUNT,
    INSTANCE
  }

  public static BudgetOwner of(InstanceId id) {
    return new BudgetOwner(Kind.INSTANCE, id.value());
  }

  public static BudgetOwner account(String id) {
    return new BudgetOwner(Kind.ACCOUNT, id);
  }

  /** Its name in the database. */
  String key() {
    return kind.name().toLowerCase(Locale.ROOT) + ":" + id;
  }
}
