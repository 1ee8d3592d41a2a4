package io.rockpool.control.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Hand-written SQL, a connection at a time. Values are texts, numbers or null. */
public final class Sql {
  /** Reads one row. */
  public interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Where a statement runs: on connections from a pool, or on the one of a transaction. */
  private interface Ground {
    <T> T use(boolean writes, Work<T> work);
  }

  private interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** Of SQLite: no page could be added; sqlite.org/rescode.html. */
  private static final int SQLITE_FULL = 13;

  /** Disk_full; PostgreSQL manual, appendix A. */
  private static final String DISK_FULL = "53100";

  private final Ground ground;
  private final Statements statements;

  /** Whether no two transactions that change rows are ever at work at once. */
  private final boolean oneWriter;

  Sql(DataSource writer, DataSource reader, boolean oneWriter) {
    this(
        new Statements(oneWriter),
        oneWriter,
        new Ground() {
          @Override
          public <T> T use(boolean writes, Work<T> work) {
            try (var connection = (writes ? writer : reader).getConnection()) {
              return work.on(connection);
            } catch (SQLException e) {
              throw failed(oneWriter, e);
            }
          }
        });
  }

  private Sql(Statements statements, boolean oneWriter, Ground ground) {
    this.statements = statements;
    this.oneWriter = oneWriter;
    this.ground = ground;
  }

  /** Runs a statement that changes rows; returns how many. */
  public int update(String sql, @Nullable Object... values) {
    return ground.use(
        true,
        connection ->
            statements.use(
                connection,
                sql,
                statement -> {
                  set(statement, values);
                  return statement.executeUpdate();
                }));
  }

  /**
   * Runs a statement that changes rows once for each of these values, in their order; how many rows
   * each changed. In a transaction.
   */
  public int[] updateAll(String sql, List<@Nullable Object[]> values) {
    if (values.isEmpty()) {
      return new int[0];
    }
    return ground.use(
        true,
        connection ->
            statements.use(
                connection,
                sql,
                statement -> oneWriter ? each(statement, values) : together(statement, values)));
  }

  private static int[] each(PreparedStatement statement, List<@Nullable Object[]> values)
      throws SQLException {
    var changed = new int[values.size()];
    for (int i = 0; i < changed.length; i++) {
      set(statement, values.get(i));
      changed[i] = statement.executeUpdate();
    }
    return changed;
  }

  /** PostgreSQL answers all of them at once. */
  private static int[] together(PreparedStatement statement, List<@Nullable Object[]> values)
      throws SQLException {
    for (var one : values) {
      set(statement, one);
      statement.addBatch();
    }
    return statement.executeBatch();
  }

  /** Reads rows. */
  public <T> List<T> query(String sql, Row<T> row, @Nullable Object... values) {
    return rows(false, sql, row, values);
  }

  /** Runs a statement that changes rows and reads those it returns ({@code RETURNING}). */
  public <T> List<T> change(String sql, Row<T> row, @Nullable Object... values) {
    return rows(true, sql, row, values);
  }

  /**
   * Does {@code work} wholly or not at all. Keep it short, and wait for nothing else inside: on
   * SQLite all other writers wait.
   */
  public <T> T transaction(Function<Sql, T> work) {
    return ground.use(true, connection -> inTransaction(connection, work));
  }

  /**
   * The same, but on SQLite without waiting for the disk: what is done outlives the death of this
   * process at once, and a loss of power a second later. See {@link Checkpoints}.
   */
  <T> T quickTransaction(Function<Sql, T> work) {
    if (!oneWriter) {
      return transaction(work);
    }
    return ground.use(
        true,
        connection -> {
          run(connection, "PRAGMA synchronous=NORMAL");
          try {
            return inTransaction(connection, work);
          } finally {
            run(connection, "PRAGMA synchronous=FULL");
          }
        });
  }

  /**
   * Does {@code work} wholly or not at all; what is done is on the disk when this returns, also
   * where PostgreSQL was told that commits need not wait for it ({@code synchronous_commit=off}).
   */
  <T> T durableTransaction(Function<Sql, T> work) {
    return transaction(it -> {
      if (!oneWriter) { // SQLite's connections wait for the disk, see Database
        it.query(
            "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
            _ -> true);
      }
      return work.apply(it);
    });
  }

  private void run(Connection connection, String pragma) throws SQLException {
    statements.use(connection, pragma, PreparedStatement::execute);
  }

  private <T> T inTransaction(Connection connection, Function<Sql, T> work) throws SQLException {
    connection.setAutoCommit(false);
    T result;
    try {
      result = work.apply(new Sql(statements, oneWriter, on(connection)));
      connection.commit();
    } catch (SQLException | RuntimeException | Error e) {
      // SQLite ends a transaction by itself where its disk is full, and then there is none to end.
      also(e, connection::rollback);
      also(e, () -> connection.setAutoCommit(true));
      throw e;
    }
    connection.setAutoCommit(true);
    return result;
  }

  private interface Ending {
    void run() throws SQLException;
  }

  /** Why it failed is more than that it did not end well. */
  private static void also(Throwable failure, Ending ending) {
    try {
      ending.run();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * In a transaction: others that lock the same row of {@code table}, by its id, wait for its end.
   * Where there is one writer at a time they do so anyhow.
   */
  public void lock(String table, String id) {
    if (!oneWriter) {
      rows(true, "SELECT 1 FROM " + table + " WHERE id = ? FOR UPDATE", _ -> true, id);
    }
  }

  /**
   * The end of a {@code SELECT} in a transaction: until its end the rows are not deleted, nor does
   * anybody {@link #lock} them. It waits for whoever does so just now, and then looks at the rows
   * again. Nothing where there is one writer at a time.
   */
  public String hold() {
    return oneWriter ? "" : " FOR KEY SHARE";
  }

  /** The same for rows that this transaction will delete: it waits for all who hold them. */
  public String take() {
    return oneWriter ? "" : " FOR UPDATE";
  }

  /**
   * The end of a {@code SELECT} whose rows this statement alone will change: it locks them, but for
   * those that others have locked. Nothing where there is one writer at a time.
   */
  public String lockUnlocked() {
    return oneWriter ? "" : "FOR UPDATE SKIP LOCKED";
  }

  /**
   * Frees what deleted rows of {@code table} still take: with it, whoever reads a table whose rows
   * come and go passes over thousands of them until PostgreSQL's own vacuum comes by, once a
   * minute. Takes milliseconds, and nobody waits for it; not in a transaction. Nothing where there
   * is one writer at a time: SQLite's rows are gone when they are deleted.
   */
  public void vacuum(String table) {
    if (!oneWriter) {
      update("VACUUM (SKIP_LOCKED, TRUNCATE OFF) " + table);
    }
  }

  private <T> List<T> rows(boolean writes, String sql, Row<T> row, @Nullable Object... values) {
    return ground.use(
        writes,
        connection ->
            statements.use(
                connection,
                sql,
                statement -> {
                  set(statement, values);
                  try (var found = statement.executeQuery()) {
                    var rows = new ArrayList<T>();
                    while (found.next()) {
                      rows.add(row.read(found));
                    }
                    return rows;
                  }
                }));
  }

  private Ground on(Connection connection) {
    return new Ground() {
      @Override
      public <T> T use(boolean writes, Work<T> work) {
        try {
          return work.on(connection);
        } catch (SQLException e) {
          throw failed(oneWriter, e);
        }
      }
    };
  }

  private static void set(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
  }

  private static StoreException failed(boolean oneWriter, SQLException e) {
    return isFull(oneWriter, e)
        ? new StoreFullException(
            oneWriter
                ? "The disk that holds the home folder, and in it rockpool.db, is full. Free some space there or enlarge it, then try again."
                : "The disk of the PostgreSQL server is full. Free some space there or enlarge it, then try again.",
            e)
        : new StoreException("The database failed: " + e.getMessage(), e);
  }

  private static boolean isFull(boolean oneWriter, SQLException e) {
    return oneWriter ? e.getErrorCode() == SQLITE_FULL : DISK_FULL.equals(e.getSQLState());
  }
}
