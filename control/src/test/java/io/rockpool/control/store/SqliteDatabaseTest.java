package io.rockpool.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SqliteDatabaseTest extends DatabaseContract {
  @TempDir Path home;

  @Override
  void prepare() {}

  @Override
  Database open() {
    return Database.sqlite(home.resolve("rockpool.db"));
  }

  @Override
  List<String> tablesOf(Sql sql) {
    return sql.query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'flyway%'",
        row -> row.getString(1));
  }

  @Test
  void the_newest_migration_is_the_one_that_ends_a_start_early() throws Exception {
    var anchor = Database.class.getResource("/db/migration/V001__foundation.sql");
    assertThat(anchor).isNotNull();
    try (var files = Files.list(Path.of(anchor.toURI()).resolveSibling(""))) {
      var newest =
          files.map(file -> file.getFileName().toString().substring(1, 4)).sorted().toList();

      assertThat(Database.NEWEST).isEqualTo(newest.getLast());
    }
  }

  @Test
  void nobody_else_reads_its_files() throws Exception {
    try (var database = open()) {
      database.sql().update("UPDATE account SET name = name");

      try (var files = Files.list(home)) {
        assertThat(files)
            .hasSize(3)
            .allSatisfy(file ->
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .as("%s", file)
                    .isEqualTo("rw-------"));
      }
    }
  }

  @Test
  @Timeout(60)
  void the_log_begins_anew_while_others_write_all_the_time() throws Exception {
    var log = home.resolve("rockpool.db-wal");
    try (var database = open()) {
      var sql = database.sql();
      // Little by little: by large texts a fast disk fills the log within the first second.
      sql.update("UPDATE account SET name = ?", "a".repeat(20_000));
      long first = checkpointSequence(log);

      for (int i = 1; checkpointSequence(log) == first; i++) {
        sql.update("UPDATE account SET name = ?", Character.toString('a' + i % 26).repeat(20_000));
      }

      assertThat(Files.size(log)).isLessThan(100_000 * 4_096L); // where a commit would do it
    }
  }

  /** How often a log has begun; see SQLite's "WAL file format". */
  private static int checkpointSequence(Path log) throws IOException {
    try (var file = FileChannel.open(log)) {
      var header = ByteBuffer.allocate(16);
      file.read(header);
      return header.getInt(12);
    }
  }

  @Test
  void a_full_disk_is_said_and_once_there_is_room_again_everything_is_written() {
    try (var database = open()) {
      var sql = database.sql();
      // As many pages as there are by now: SQLite fails as it does on a full disk.
      var pages = sql.change("PRAGMA max_page_count = 1", row -> row.getLong(1)).getFirst();

      assertThatThrownBy(() -> fill(sql, "one"))
          .isInstanceOf(StoreFullException.class)
          .hasMessageContaining("rockpool.db");
      assertThatThrownBy(() -> sql.transaction(it -> fill(it, "two")))
          .isInstanceOf(StoreFullException.class)
          .hasMessageContaining("rockpool.db");

      sql.change("PRAGMA max_page_count = " + (pages + 1_000), row -> row.getLong(1));
      int inTransaction = sql.transaction(it -> fill(it, "three"));
      assertThat(inTransaction).isOne();
      assertThat(fill(sql, "four")).isOne();
      assertThat(
              sql.query(
                  "SELECT id FROM account WHERE length(name) > 9 ORDER BY id",
                  row -> row.getString(1)))
          .containsExactly("four", "three");
    }
  }

  private static int fill(Sql sql, String id) {
    return sql.update(
        "INSERT INTO account (id, name, operator, created_at) VALUES (?, ?, 0, 0)",
        id,
        "x".repeat(1_000_000));
  }
}
