package io.rockpool.control.event;

import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.tck.TestPostgres;
import org.junit.jupiter.api.Tag;

@Tag("postgres")
class PostgresEventsTest extends EventsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }
}
