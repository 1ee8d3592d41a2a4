package io.rockpool.control.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what was written from SQLite's log into its file, once a second and beside those who write;
 * so nobody's commit waits for it, and what was committed without waiting for the disk gets there.
 * While others write all the time this never gets to the end of the log, and only from there may
 * the log begin anew: when it has grown long they wait, for the little that came meanwhile.
 */
final class Checkpoints implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** In pages, of 4 KiB. */
  private static final int LONG_LOG = 16_000;

  private final Thread thread;

  /**
   * @param url of the database
   * @param writer whoever has its only connection is the only one who writes
   */
  Checkpoints(String url, DataSource writer) {
    // A platform thread: calls into SQLite hold the thread that carries a virtual one.
    thread = Thread.ofPlatform().daemon().name("checkpoints").start(() -> run(url, writer));
  }

  private static void run(String url, DataSource writer) {
    try {
      while (true) {
        Thread.sleep(EVERY);
        try (var connection = DriverManager.getConnection(url)) {
          repeat(connection, writer);
        } catch (SQLException e) {
          log.atWarn().setCause(e).log("the database cannot be brought to the disk; trying again");
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private static void repeat(Connection connection, DataSource writer)
      throws SQLException, InterruptedException {
    while (true) {
      if (checkpoint(connection) >= LONG_LOG) {
        checkpoint(connection); // what came while the first one waited for the disk
        try (var alone = writer.getConnection()) {
          checkpoint(alone);
        }
      }
      Thread.sleep(EVERY);
    }
  }

  /** Moves what can be moved without waiting for anybody; returns how many pages the log has. */
  private static int checkpoint(Connection connection) throws SQLException {
    try (var statement = connection.prepareStatement("PRAGMA wal_checkpoint(PASSIVE)");
        var result = statement.executeQuery()) {
      return result.next() ? result.getInt("log") : 0;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
