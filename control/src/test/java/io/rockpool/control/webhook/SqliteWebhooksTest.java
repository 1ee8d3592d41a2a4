package io.rockpool.control.webhook;

import io.rockpool.control.store.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteWebhooksTest extends WebhooksContract {
  @TempDir static Path home;

  @Override
  TestDatabase database() {
    return TestDatabase.sqlite(home);
  }
}
