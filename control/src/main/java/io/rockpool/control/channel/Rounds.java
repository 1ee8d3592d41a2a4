package io.rockpool.control.channel;

import io.rockpool.control.channel.ConnectionStore.Said;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at connections when it is time; of several servers each time one. */
final class Rounds implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Rounds.class);

  private static final Duration EVERY = Duration.ofSeconds(1);

  /** Of so many rounds one looks for connections whose instance is gone. */
  private static final int TIDYING = 5;

  private static final int AT_ONCE = 8;
  private static final int MOST_ABANDONED = 100;

  /** After this OpenClaw has told its platforms what it tells them at its start. */
  private static final Duration SETTLED = Duration.ofSeconds(15);

  private final ConnectionStore store;
  private final Upkeep upkeep;
  private final InstantSource clock;
  private final Semaphore places = new Semaphore(AT_ONCE);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  Rounds(ConnectionStore store, Upkeep upkeep, InstantSource clock) {
    this.store = store;
    this.upkeep = upkeep;
    this.clock = clock;
  }

  void start() {
    threads.execute(this::run);
  }

  private void run() {
    try {
      for (int round = 0; ; round++) {
        try {
          if (round % TIDYING == 0) {
            tidy();
          }
          look();
        } catch (RuntimeException e) {
          log.atWarn().setCause(e).log("Cannot look after connections; trying again");
        }
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends those whose instance or account is gone. */
  void tidy() {
    for (var connection : store.abandoned(MOST_ABANDONED)) {
      store.leave(
          connection,
          new Said("ChannelDisconnected", "%s ends.".formatted(Upkeep.words(connection))),
          clock.instant());
    }
  }

  /** Looks at those that are due, a few at once. */
  private void look() throws InterruptedException {
    while (true) {
      places.acquire();
      boolean begun = false;
      try {
        var now = clock.instant();
        var holder = UUID.randomUUID().toString();
        var due = store.claim(holder, 1, now, now.plus(Connections.LEASE));
        if (due.isEmpty()) {
          return;
        }
        threads.execute(() -> {
          try {
            upkeep.look(due.getFirst(), holder);
          } catch (RuntimeException e) {
            log.atWarn()
                .addKeyValue("connection", due.getFirst().connection().id())
                .setCause(e)
                .log("A look at a connection failed; it is looked at again");
          } finally {
            places.release();
          }
        });
        begun = true;
      } finally {
        if (!begun) {
          places.release();
        }
      }
    }
  }

  /** An instance has just started: what it told its platforms is looked at soon. */
  void started(InstanceId instance) {
    store.due(instance, clock.instant().plus(SETTLED));
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
