package io.rockpool.server;

import io.rockpool.control.usage.Ledger;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the books of model calls in order while the server runs. */
final class Bookkeeping implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Bookkeeping.class);

  private static final Duration EVERY = Duration.ofSeconds(1);

  /** Of so many rounds one renews: well below the time after which calls are taken for lost. */
  private static final int RENEWING = 15;

  private final Ledger ledger;
  private final Thread keeper = Thread.ofVirtual().name("bookkeeping").unstarted(this::keep);

  Bookkeeping(Ledger ledger) {
    this.ledger = ledger;
  }

  /**
   * @param alone whether there is no other server at the same database
   */
  void start(boolean alone) {
    if (alone) {
      ledger.settleAllOthers();
    }
    keeper.start();
  }

  private void keep() {
    try {
      for (int round = 0; ; round++) {
        if (round % RENEWING == 0) {
          attempt(ledger::renew);
          attempt(ledger::settleLost);
        }
        attempt(ledger::note);
        attempt(ledger::forgetOld);
        Thread.sleep(EVERY);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Each by itself: what one cannot do must not keep the others from it. */
  private static void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      log.atWarn().setCause(e).log("cannot keep the books of model calls; trying again");
    }
  }

  @Override
  public void close() {
    keeper.interrupt();
  }
}
