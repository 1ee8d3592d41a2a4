package io.rockpool.control.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Prepared statements of SQLite's connections. Its driver forgets a statement when it is closed,
 * and parsing one takes longer than running it; PostgreSQL's keeps them by itself.
 */
final class Statements {
  /** More than there are in the whole product; one that makes SQL up would fill it. */
  private static final int MOST = 500;

  interface Work<T> {
    T with(PreparedStatement statement) throws SQLException;
  }

  private final Map<Connection, Map<String, PreparedStatement>> kept = new WeakHashMap<>();
  private final boolean keeps;

  /**
   * @param keeps whether it is SQLite
   */
  Statements(boolean keeps) {
    this.keeps = keeps;
  }

  /** Does {@code work} with a statement; the connection belongs to this thread meanwhile. */
  <T> T use(Connection connection, String sql, Work<T> work) throws SQLException {
    if (!keeps) {
      try (var statement = connection.prepareStatement(sql)) {
        return work.with(statement);
      }
    }
    var below = connection.unwrap(Connection.class); // of the pool, which would close it
    var known = of(below);
    var statement = known.get(sql);
    if (statement == null) {
      statement = prepare(below, sql, known);
    }
    try {
      return work.with(statement);
    } catch (SQLException | RuntimeException | Error e) {
      known.remove(sql);
      close(statement, e);
      throw e;
    }
  }

  private synchronized Map<String, PreparedStatement> of(Connection connection) {
    return kept.computeIfAbsent(connection, _ -> new HashMap<>());
  }

  private static PreparedStatement prepare(
      Connection connection, String sql, Map<String, PreparedStatement> known) throws SQLException {
    if (known.size() >= MOST) {
      for (var old : known.values()) {
        old.close();
      }
      known.clear();
    }
    var statement = connection.prepareStatement(sql);
    known.put(sql, statement);
    return statement;
  }

  private static void close(@Nullable PreparedStatement statement, Throwable cause) {
    try {
      if (statement != null) {
        statement.close();
      }
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }
}
