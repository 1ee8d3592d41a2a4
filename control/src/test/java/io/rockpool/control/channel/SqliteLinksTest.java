package io.rockpool.control.channel;

import io.rockpool.control.store.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteLinksTest extends LinksContract {
  @TempDir static Path home;

  @Override
  TestDatabase database() {
    return TestDatabase.sqlite(home);
  }
}
