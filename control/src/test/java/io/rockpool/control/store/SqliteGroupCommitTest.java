package io.rockpool.control.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteGroupCommitTest extends GroupCommitContract {
  @TempDir static Path home;

  @Override
  TestDatabase database() {
    return TestDatabase.sqlite(home);
  }

  @Override
  String durability(Sql inTransaction) {
    return inTransaction.query("PRAGMA synchronous", row -> row.getString(1)).getFirst();
  }

  @Override
  String onDisk() {
    return "2"; // FULL
  }
}
