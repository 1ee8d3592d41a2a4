package io.rockpool.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.runtime.tck.TestPostgres;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("postgres")
class PostgresDatabaseTest extends DatabaseContract {
  private String url = "";

  @Override
  void prepare() {
    url = TestPostgres.freshSchema();
  }

  @Override
  Database open() {
    return Database.postgres(url, null, null);
  }

  @Override
  List<String> tablesOf(Sql sql) {
    return sql.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name NOT LIKE 'flyway%'",
        row -> row.getString(1));
  }

  @Test
  void replicas_that_start_at_once_migrate_once() throws Exception {
    var databases = inParallel(4, this::open);

    try {
      assertThat(
              databases
                  .getFirst()
                  .sql()
                  .query(
                      "SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL",
                      row -> row.getString(1)))
          .doesNotHaveDuplicates()
          .contains(Database.NEWEST);
    } finally {
      databases.forEach(Database::close);
    }
  }

  @Test
  void a_full_disk_is_said() {
    try (var database = open()) {
      // What the server says then, without filling its disk.
      var full =
          "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$";

      assertThatThrownBy(() -> database.sql().update(full))
          .isInstanceOf(StoreFullException.class)
          .hasMessageContaining("PostgreSQL");
      assertThatThrownBy(() -> database.sql().transaction(it -> it.update(full)))
          .isInstanceOf(StoreFullException.class);
    }
  }
}
