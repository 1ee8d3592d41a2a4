package io.rockpool.control.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what was written from SQLite's log into its file, once a second and beside those who write;
 * so nobody's commit waits for it, and what was committed without waiting for the disk gets there.
 */
final class Checkpoints implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);
  private static final Duration EVERY = Duration.ofSeconds(1);

  private final Thread thread;

  /**
   * @param url of the database
   */
  Checkpoints(String url) {
    // A platform thread: calls into SQLite hold the thread that carries a virtual one.
    thread = Thread.ofPlatform().daemon().name("checkpoints").start(() -> run(url));
  }

  private static void run(String url) {
    try {
      while (true) {
        Thread.sleep(EVERY);
        try (var connection = DriverManager.getConnection(url)) {
          repeat(connection);
        } catch (SQLException e) {
          log.atWarn().setCause(e).log("the database cannot be brought to the disk; trying again");
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private static void repeat(Connection connection) throws SQLException, InterruptedException {
    try (var statement = connection.prepareStatement("PRAGMA wal_checkpoint(PASSIVE)")) {
      while (true) {
        statement.executeQuery().close();
        Thread.sleep(EVERY);
      }
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
