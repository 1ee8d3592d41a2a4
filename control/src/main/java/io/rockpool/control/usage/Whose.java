package io.rockpool.control.usage;

import io.rockpool.control.usage.BudgetOwner.Kind;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;

/**
 * The rows that count for a budget or a quota.
 *
 * @param values of the condition
 */
record Whose(String condition, List<Object> values) {
  static Whose of(String account, String instance, Quotas.Owned owned, LocalDate start) {
    return of(account, instance, owned.owner().kind(), owned.ofPlan(), start);
  }

  static Whose of(String account, String instance, Budgets.Owned owned, LocalDate start) {
    return of(account, instance, owned.owner().kind(), owned.ofPlan(), start);
  }

  /**
   * What is granted by a plan is used up by instances that are gone, too: whoever destroys one and
   * creates another gains nothing.
   */
  private static Whose of(
      String account, String instance, Kind kind, boolean ofPlan, LocalDate start) {
    return switch (kind) {
      case ACCOUNT -> new Whose("account_id = ?", List.of(account));
      case INSTANCE ->
          ofPlan
              ? new Whose(
                  "account_id = ? AND instance_id IN (SELECT ? UNION ALL SELECT id FROM destroyed_instance WHERE account_id = ? AND destroyed_at >= ?)",
                  List.of(account, instance, account, millisOf(start)))
              : new Whose("account_id = ? AND instance_id = ?", List.of(account, instance));
    };
  }

  /** All values of a query whose first is another. */
  Object[] after(Object first) {
    return Stream.concat(Stream.of(first), values.stream()).toArray();
  }

  static long millisOf(LocalDate day) {
    return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }
}
