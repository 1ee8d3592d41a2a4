package io.rockpool.control.instance;

import io.rockpool.control.store.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteMemberStoreTest extends MemberStoreContract {
  @TempDir static Path home;

  @Override
  TestDatabase database() {
    return TestDatabase.sqlite(home);
  }
}
