package io.rockpool.control.store;

import io.rockpool.runtime.tck.TestPostgres;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Where a test keeps its rows; closes what it opened. */
public final class TestDatabase implements AutoCloseable {
  private final Supplier<Database> opener;
  private final Deque<Database> opened = new ArrayDeque<>();

  private TestDatabase(Supplier<Database> opener) {
    this.opener = opener;
  }

  public static TestDatabase sqlite(Path folder) {
    return new TestDatabase(() -> Database.sqlite(folder.resolve("rockpool.db")));
  }

  /**
   * @param url as {@link TestPostgres} gives it
   */
  public static TestDatabase postgres(String url) {
    return new TestDatabase(() -> Database.postgres(url, null, null));
  }

  /** Opens it; again, it stands for a server that was restarted, or for another replica. */
  public Sql open() {
    var database = opener.get();
    opened.push(database);
    return database.sql();
  }

  /** Ends every server there is. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  /** Empties the database, but for the accounts that are named, and the pool's. */
  public static void reset(Sql sql, String... accounts) {
    sql.transaction(it -> {
      Database.tables().forEach(table -> it.update("DELETE FROM " + table));
      for (var account : Stream.concat(Stream.of(accounts), Stream.of("pool")).toList()) {
        it.update(
            "INSERT INTO account (id, name, operator, created_at) VALUES (?, ?, 0, 0)",
            account,
            account);
      }
      return true;
    });
  }
}
