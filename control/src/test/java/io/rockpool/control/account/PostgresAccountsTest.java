package io.rockpool.control.account;

import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.tck.TestPostgres;
import org.junit.jupiter.api.Tag;

@Tag("postgres")
class PostgresAccountsTest extends AccountsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }
}
