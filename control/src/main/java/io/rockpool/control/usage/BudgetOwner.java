package io.rockpool.control.usage;

import io.rockpool.runtime.InstanceId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;

/** Whom a budget or a quota binds: one instance, or all of an account together. */
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
    return kindName() + ":" + id;
  }

  /** The table that has it. */
  String kindName() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** Of a row that names either. */
  static BudgetOwner read(ResultSet row) throws SQLException {
    var instance = row.getString("instance_id");
    return instance == null
        ? account(row.getString("account_id"))
        : new BudgetOwner(Kind.INSTANCE, instance);
  }
}
