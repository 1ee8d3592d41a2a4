package io.rockpool.control.store;

import io.rockpool.runtime.tck.TestPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Where a test keeps its rows; closes what it opened. */
public final class TestDatabase implements AutoCloseable {
  private final Supplier<Database> opener;
  private final Deque<Database> opened = new ArrayDeque<>();

  private final String url;

  private TestDatabase(String url, Supplier<Database> opener) {
    this.url = url;
    this.opener = opener;
  }

  public static TestDatabase sqlite(Path folder) {
    var file = folder.resolve("rockpool.db");
    return new TestDatabase(
        "jdbc:sqlite:" + file + "?busy_timeout=5000&foreign_keys=on&transaction_mode=IMMEDIATE",
        () -> Database.sqlite(file));
  }

  /**
   * @param url as {@link TestPostgres} gives it
   */
  public static TestDatabase postgres(String url) {
    return new TestDatabase(url, () -> Database.postgres(url, null, null));
  }

  /** Opens it; again, it stands for a server that was restarted, or for another replica. */
  public Sql open() {
    var database = opener.get();
    opened.push(database);
    return database.sql();
  }

  /** Opens it for one whose first connection dies after a commit, before it is acknowledged. */
  public Sql openHardOfHearing() {
    var heard = new AtomicBoolean();
    var source =
        (DataSource)
            Proxy.newProxyInstance(
                TestDatabase.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (_, method, _) -> {
                  if (!method.getName().equals("getConnection")) {
                    throw new UnsupportedOperationException(method.getName());
                  }
                  return deafConnection(DriverManager.getConnection(url), heard);
                });
    return new Sql(source, source, url.startsWith("jdbc:sqlite:"));
  }

  /**
   * Opens it for a server that can be killed before and after each of its commits and questions.
   *
   * @param point called there; it throws when the server is to die
   */
  public Sql openMortal(Runnable point) {
    var source =
        (DataSource)
            Proxy.newProxyInstance(
                TestDatabase.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (_, method, _) -> {
                  if (!method.getName().equals("getConnection")) {
                    throw new UnsupportedOperationException(method.getName());
                  }
                  point.run();
                  return mortalConnection(DriverManager.getConnection(url), point);
                });
    return new Sql(source, source, url.startsWith("jdbc:sqlite:"));
  }

  private static Object mortalConnection(Connection connection, Runnable point) {
    return Proxy.newProxyInstance(
        TestDatabase.class.getClassLoader(),
        new Class<?>[] {Connection.class},
        (_, method, values) -> {
          if (method.getName().equals("unwrap")) {
            return connection;
          }
          try {
            var result = method.invoke(connection, values);
            if (method.getName().equals("close")) {
              point.run();
            }
            return result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  private static Object deafConnection(Connection connection, AtomicBoolean heard) {
    return Proxy.newProxyInstance(
        TestDatabase.class.getClassLoader(),
        new Class<?>[] {Connection.class},
        (_, method, values) -> {
          if (method.getName().equals("unwrap")) {
            return connection;
          }
          try {
            var result = method.invoke(connection, values);
            if (method.getName().equals("commit") && heard.compareAndSet(false, true)) {
              throw new SQLException("the connection is gone");
            }
            return result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
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
