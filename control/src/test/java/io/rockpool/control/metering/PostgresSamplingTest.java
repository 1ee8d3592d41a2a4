package io.rockpool.control.metering;

import io.rockpool.control.store.TestDatabase;
import io.rockpool.runtime.tck.TestPostgres;
import org.junit.jupiter.api.Tag;

@Tag("postgres")
class PostgresSamplingTest extends SamplingContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres(TestPostgres.freshSchema());
  }
}
