package io.rockpool.control.store;

import io.rockpool.runtime.tck.TestPostgres;
import org.junit.jupiter.api.Tag;

@Tag("postgres")
class PostgresGroupCommitTest extends GroupCommitContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }

  @Override
  String durability(Sql inTransaction) {
    return inTransaction
        .query("SELECT current_setting('synchronous_commit')", row -> row.getString(1))
        .getFirst();
  }

  @Override
  String onDisk() {
    return "on";
  }
}
