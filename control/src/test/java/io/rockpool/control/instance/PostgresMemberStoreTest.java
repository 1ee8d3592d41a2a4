package io.rockpool.control.instance;

import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.tck.TestPostgres;
import org.junit.jupiter.api.Tag;

@Tag("postgres")
class PostgresMemberStoreTest extends MemberStoreContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }
}
