package io.rockpool.control.statement;

import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.tck.TestPostgres;
import org.junit.jupiter.api.Tag;

@Tag("postgres")
class PostgresStatementsTest extends StatementsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }
}
