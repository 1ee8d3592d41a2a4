package io.rockpool.control.metering;

import io.rockpool.control.store.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteSamplingTest extends SamplingContract {
  @TempDir static Path home;

  @Override
  TestDatabase database() {
    return TestDatabase.sqlite(home);
  }
}
