package io.rockpool.server.http;

import static io.rockpool.server.http.Served.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.store.Database;
import io.rockpool.control.store.Sql;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the API says on a full disk; the database is a real one, the disk is not full. */
class DatabaseFullTest {
  record Keep(String id) {}

  private final Database database;
  private final Served served;

  DatabaseFullTest(@TempDir Path home) {
    this.database = Database.sqlite(home.resolve("rockpool.db"));
    this.served = new Served(List.of(route(database.sql())));
  }

  @BeforeEach
  void fill() {
    // As many pages as there are by now.
    database.sql().change("PRAGMA max_page_count = 1", row -> row.getLong(1));
  }

  @AfterEach
  void close() {
    served.close();
    database.close();
  }

  private static Route<Keep, Route.Nothing> route(Sql sql) {
    return new Route<>(
        Route.Method.POST,
        "/api/v1/kept",
        "Keep something large.",
        Keep.class,
        Route.Nothing.class,
        Set.of(),
        Route.Scope.OPERATE,
        (_, wish) -> {
          sql.transaction(it ->
              it.update(
                  "INSERT INTO account (id, name, operator, created_at) VALUES (?, ?, 0, 0)",
                  wish.id(),
                  "x".repeat(1_000_000)));
          return new Reply.NoContent<>();
        });
  }

  @Test
  void a_write_is_refused_with_the_name_of_the_disk_and_done_once_there_is_room() {
    var full = served.post("/api/v1/kept", "{\"id\": \"ada\"}");
    var again =
        served.send(
            served.json("/api/v1/kept", "{\"id\": \"ada\"}").header("Idempotency-Key", "k"));

    assertThat(full.statusCode()).isEqualTo(507);
    assertThat(problem(full)).isEqualTo("database-full");
    assertThat(full.body()).contains("rockpool.db", "Free some space");
    assertThat(problem(again)).isEqualTo("database-full");

    database.sql().change("PRAGMA max_page_count = 100000", row -> row.getLong(1));
    assertThat(
            served
                .send(
                    served.json("/api/v1/kept", "{\"id\": \"ada\"}").header("Idempotency-Key", "k"))
                .statusCode())
        .isEqualTo(204);
  }
}
