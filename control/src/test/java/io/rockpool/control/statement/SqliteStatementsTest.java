package io.rockpool.control.statement;

import io.rockpool.control.store.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteStatementsTest extends StatementsContract {
  @TempDir static Path home;

  @Override
  TestDatabase database() {
    return TestDatabase.sqlite(home);
  }
}
