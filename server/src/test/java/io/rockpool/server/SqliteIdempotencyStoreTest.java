package io.rockpool.server;

import io.rockpool.control.store.Database;
import io.rockpool.server.http.IdempotencyStore;
import io.rockpool.server.http.IdempotencyStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteIdempotencyStoreTest extends IdempotencyStoreContract {
  @TempDir Path folder;
  private @Nullable Database database;

  @Override
  protected IdempotencyStore open() {
    var opened = Database.sqlite(folder.resolve("rockpool.db"));
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
