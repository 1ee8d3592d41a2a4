package io.rockpool.server;

import io.rockpool.control.store.Database;
import io.rockpool.runtime.tck.TestPostgres;
import io.rockpool.server.http.IdempotencyStore;
import io.rockpool.server.http.IdempotencyStoreContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

@Tag("postgres")
class PostgresIdempotencyStoreTest extends IdempotencyStoreContract {
  private @Nullable Database database;

  @Override
  protected IdempotencyStore open() {
    var opened = Database.postgres(TestPostgres.freshSchema(), null, null);
    database = opened;
    return new SqlIdempotencyStore(opened.sql());
  }

  @AfterEach
  void close() {
    if (database != null) {
      database.close();
    }
  }
}
