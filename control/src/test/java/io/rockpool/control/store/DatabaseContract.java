package io.rockpool.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the domain expects of a database. */
abstract class DatabaseContract {
  private final List<Database> opened = new ArrayList<>();

  /** A place for a database where there is none yet. */
  abstract void prepare();

  /** The same place each time. */
  abstract Database open();

  @BeforeEach
  final void anew() {
    prepare();
  }

  @AfterEach
  final void close() {
    opened.forEach(Database::close);
  }

  private Database opened() {
    var database = open();
    synchronized (opened) {
      opened.add(database);
    }
    return database;
  }

  @Test
  void an_empty_database_gets_every_table() {
    var sql = opened().sql();

    assertThat(Database.tables())
        .allSatisfy(table ->
            assertThat(sql.query("SELECT count(*) FROM " + table, row -> row.getLong(1)))
                .containsExactly(table.equals("account") ? 1L : 0L)); // the pool's
  }

  @Test
  void the_list_of_tables_is_complete_and_names_children_first() {
    var sql = opened().sql();
    TestDatabase.reset(sql, "ada");

    TestDatabase.reset(sql);

    assertThat(tablesOf(sql)).containsExactlyInAnyOrderElementsOf(Database.tables());
    assertThat(sql.query("SELECT id FROM account", row -> row.getString(1)))
        .containsExactly("pool");
  }

  abstract List<String> tablesOf(Sql sql);

  @Test
  void a_current_database_is_opened_without_asking_flyway() {
    var sql = opened().sql();
    // Flyway would refuse to go on with this.
    sql.update("UPDATE flyway_schema_history SET checksum = 4711 WHERE version IS NOT NULL");

    var again = opened().sql();

    assertThat(again.query("SELECT id FROM account", row -> row.getString(1)))
        .containsExactly("pool");
  }

  @Test
  void an_older_database_is_migrated() {
    var sql = opened().sql();
    sql.update("DELETE FROM flyway_schema_history");
    Database.tables().forEach(table -> sql.update("DROP TABLE " + table));

    var again = opened().sql();

    assertThat(tablesOf(again)).containsExactlyInAnyOrderElementsOf(Database.tables());
  }

  @Test
  void a_transaction_is_done_wholly_or_not_at_all() {
    var sql = opened().sql();

    assertThatThrownBy(() ->
            sql.transaction(it -> {
              it.update("INSERT INTO destroyed_instance VALUES ('ada', 'ada', 1)");
              throw new IllegalStateException("halfway");
            }))
        .hasMessage("halfway");
    sql.transaction(it -> it.update("INSERT INTO destroyed_instance VALUES ('bob', 'bob', 1)"));

    assertThat(sql.query("SELECT id FROM destroyed_instance", row -> row.getString(1)))
        .containsExactly("bob");
  }

  @Test
  void a_failed_statement_leaves_the_connection_usable() {
    var sql = opened().sql();

    assertThatThrownBy(() -> sql.update("INSERT INTO nothing VALUES (1)"))
        .isInstanceOf(StoreException.class)
        .hasMessageStartingWith("The database failed: ");

    assertThat(sql.update("INSERT INTO destroyed_instance VALUES ('bob', 'bob', 1)")).isOne();
  }

  @Test
  void a_null_is_a_null_wherever_it_stands() {
    var sql = opened().sql();

    sql.update(
        "INSERT INTO event (instance_id, id, time, kind, progress, message) VALUES (?, ?, ?, ?, ?, ?)",
        "ada",
        1,
        1L,
        "Stopped",
        null,
        "It has stopped.");

    assertThat(
            sql.query(
                "SELECT progress FROM event WHERE kind = COALESCE(?, kind)",
                row -> {
                  row.getLong(1);
                  return row.wasNull();
                },
                (Object) null))
        .containsExactly(true);
  }

  @Test
  void many_writers_wait_for_each_other() throws Exception {
    var sql = opened().sql();
    sql.update("INSERT INTO destroyed_instance VALUES ('ada', 'ada', 0)");

    inParallel(
        50,
        () ->
            sql.update(
                "UPDATE destroyed_instance SET destroyed_at = destroyed_at + 1 WHERE id = 'ada'"));

    assertThat(sql.query("SELECT destroyed_at FROM destroyed_instance", row -> row.getLong(1)))
        .containsExactly(50L);
  }

  static <T> List<T> inParallel(int times, Callable<T> work) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var results = threads.invokeAll(IntStream.range(0, times).mapToObj(_ -> work).toList());
      return results.stream().map(Future::resultNow).toList();
    }
  }
}
