package io.rockpool.control.usage;

import io.rockpool.control.store.Sql;
import java.time.LocalDate;

/** What was announced of a budget or a quota, so that it is announced once. */
final class Announced {
  static final String BUDGET = "budget";
  static final String TOKENS_PER_DAY = "tokens-per-day";

  private Announced() {}

  /**
   * Notes what is announced of the window that began on a day; false if that, or more, was before,
   * or if a later window has begun, or the owner is gone.
   */
  static boolean note(Sql sql, BudgetOwner owner, String about, LocalDate since, int percent) {
    var kind = owner.kindName();
    return sql.update(
            """
            INSERT INTO announced (owner, about, %s_id, since, percent)
            SELECT ?, ?, id, ?, ? FROM %s WHERE id = ?
            ON CONFLICT (owner, about) DO UPDATE SET since = excluded.since, percent = excluded.percent
            WHERE announced.since < excluded.since
              OR (announced.since = excluded.since AND announced.percent < excluded.percent)
            """
                .formatted(kind, kind),
            owner.key(),
            about,
            since.toEpochDay(),
            percent,
            owner.id())
        > 0;
  }

  static void forget(Sql sql, BudgetOwner owner, String about) {
    sql.update("DELETE FROM announced WHERE owner = ? AND about = ?", owner.key(), about);
  }
}
