package io.rockpool.control.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** An open database with today's schema. */
public final class Database implements AutoCloseable {
  /** The newest file in {@code db/migration}. */
  static final String NEWEST = "020";

  private final HikariDataSource writer;
  private final HikariDataSource reader;
  private final Optional<Checkpoints> checkpoints;

  /**
   * @param checkpoints of SQLite
   */
  private Database(
      HikariDataSource writer, HikariDataSource reader, Optional<Checkpoints> checkpoints) {
    this.writer = writer;
    this.reader = reader;
    this.checkpoints = checkpoints;
  }

  /**
   * The embedded database. One server at a time: the caller holds the home's lock.
   *
   * @param file created when it is missing, for its owner alone
   */
  public static Database sqlite(Path file) {
    create(file);
    var url =
        "jdbc:sqlite:"
            + file
            + "?journal_mode=WAL&synchronous=FULL&busy_timeout=5000&foreign_keys=on&transaction_mode=IMMEDIATE&jdbc.get_generated_keys=false";
    // SQLite has one writer; the pool makes the others wait in Java, where a virtual thread may.
    var writer = pool("writer", url, 1);
    return migrated(
        new Database(writer, pool("reader", url, 2), Optional.of(new Checkpoints(url, writer))));
  }

  /** SQLite gives its journal and its shared memory the mode of the file that it finds. */
  private static void create(Path file) {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException itIsThere) {
      // An empty file and a database are both fine.
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + file, e);
    }
  }

  /**
   * PostgreSQL 15 or later.
   *
   * @param url {@code jdbc:postgresql://…}
   */
  public static Database postgres(String url, @Nullable String user, @Nullable Secret password) {
    var config = config("database", url, 10);
    if (user != null) {
      config.setUsername(user);
    }
    if (password != null) {
      config.setPassword(password.reveal());
    }
    var both = opened(config);
    return migrated(new Database(both, both, Optional.empty()));
  }

  public Sql sql() {
    return new Sql(writer, reader, checkpoints.isPresent());
  }

  @Override
  public void close() {
    checkpoints.ifPresent(Checkpoints::close);
    writer.close();
    reader.close();
  }

  private static HikariDataSource pool(String name, String url, int size) {
    var config = config(name, url, size);
    // Only should the checkpoints not keep up: whose commit it is would wait for all of it.
    config.setConnectionInitSql("PRAGMA wal_autocheckpoint=100000");
    return opened(config);
  }

  private static HikariDataSource opened(HikariConfig config) {
    try {
      return new HikariDataSource(config);
    } catch (HikariPool.PoolInitializationException e) {
      throw new StoreException("The database cannot be opened: " + why(e), e);
    }
  }

  /** What the driver says; what lies below it knows no addresses. */
  private static @Nullable String why(Throwable error) {
    var cause = error.getCause();
    return error instanceof SQLException || cause == null ? error.getMessage() : why(cause);
  }

  private static HikariConfig config(String name, String url, int size) {
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(size);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(30_000);
    return config;
  }

  private static Database migrated(Database database) {
    try {
      // Flyway is the slowest part of a start: it is asked only when there is something to do.
      if (!isCurrent(database.sql())) {
        migrate(database.writer);
      }
      return database;
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private static boolean isCurrent(Sql sql) {
    try {
      return !sql.query(
              "SELECT version FROM flyway_schema_history WHERE success AND version = ?",
              row -> row.getString(1),
              NEWEST)
          .isEmpty();
    } catch (StoreException noHistoryYet) {
      return false;
    }
  }

  private static void migrate(DataSource source) {
    Flyway.configure().dataSource(source).loggers("slf4j").load().migrate();
  }

  /** Every table, children first; for tests that want an empty database. */
  static List<String> tables() {
    return List.of(
        "channel_change",
        "channel_connection",
        "webhook_message",
        "webhook_secret",
        "webhook",
        "shared_seen",
        "shared_guess",
        "shared_chat",
        "shared_binding",
        "bind_code",
        "outbox_hold",
        "outbox_lane",
        "outbox_message",
        "inbox_lane",
        "inbox_message",
        "provider",
        "statement",
        "resource_price",
        "plan_day",
        "resource_day",
        "resource_sample",
        "payment_notice",
        "subscription",
        "vault_secret",
        "vault_key",
        "usage_day",
        "model_call",
        "reservation",
        "spend_day",
        "exchange_rate",
        "announced",
        "quota_level",
        "quota",
        "budget",
        "own_key",
        "virtual_key",
        "model_price",
        "idempotency",
        "event",
        "destroyed_instance",
        "instance",
        "api_token",
        "account");
  }
}
