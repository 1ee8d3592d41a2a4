package io.rockpool.runtime.process;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.LogPage;
import io.rockpool.runtime.Observation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outputs of all instances of one home: read by anybody, and kept from growing. */
final class ConsoleLogs implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConsoleLogs.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  private final Path home;
  private final ProcessOptions options;
  private final HomeLocks locks;
  private final Observer observer;
  private final CountDownLatch closed = new CountDownLatch(1);

  ConsoleLogs(Path home, ProcessOptions options, HomeLocks locks, Observer observer) {
    this.home = home;
    this.options = options;
    this.locks = locks;
    this.observer = observer;
    Thread.ofPlatform().daemon().name("instance-logs").start(this::rotateUntilClosed);
  }

  LogPage read(InstanceId id, long position, int limit) {
    return output(id).read(position, checkLimit(limit), hasEnded(id));
  }

  LogPage tail(InstanceId id, int limit) {
    return output(id).tail(checkLimit(limit), hasEnded(id));
  }

  /** Stops looking after them. */
  @Override
  public void close() {
    closed.countDown();
  }

  private void rotateUntilClosed() {
    try {
      while (!closed.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        rotate();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void rotate() {
    for (var folder : InstanceFolder.list(home)) {
      var id = folder.id();
      // Whoever starts, stops or destroys it holds the lock: then it is its turn next time.
      try (var lock = locks.tryTake(id).orElse(null)) {
        if (lock != null && Files.exists(ConsoleLog.current(folder.logs()))) {
          output(id).rotate(options.logBytes(), options.logParts());
        }
      } catch (IOException | UncheckedIOException e) {
        log.atWarn()
            .addKeyValue("instance", id)
            .addKeyValue("error", e.getMessage())
            .log("The output could not be rotated; it grows until it can.");
      }
    }
  }

  private boolean hasEnded(InstanceId id) {
    return switch (observer.observe(id)) {
      case Observation.Running _, Observation.Frozen _ -> false;
      case Observation.Absent _, Observation.Stopped _, Observation.Exited _ -> true;
    };
  }

  private ConsoleLog output(InstanceId id) {
    return new ConsoleLog(InstanceFolder.of(home, id).logs());
  }

  private static int checkLimit(int limit) {
    if (limit < 1 || limit > 10_000) {
      throw new IllegalArgumentException("limit is %d: ask for 1 to 10000 lines".formatted(limit));
    }
    return limit;
  }
}
