package io.rockpool.server;

import io.rockpool.control.billing.Billing;
import io.rockpool.control.store.StoreException;
import io.rockpool.payment.Notice;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks after payments and ends of instances while the server runs. */
final class BillingRounds implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BillingRounds.class);

  private static final Duration EVERY = Duration.ofSeconds(20);

  /** Of so many rounds one looks at everything that is kept from running: about an hour. */
  private static final int TIDYING = 180;

  private final Billing billing;
  private final Semaphore bell = new Semaphore(0);
  private final Thread keeper = Thread.ofVirtual().name("billing").unstarted(this::keep);

  BillingRounds(Billing billing) {
    this.billing = billing;
  }

  void start() {
    keeper.start();
  }

  /**
   * Keeps a notice, and looks into it soon.
   *
   * @throws StoreException when it could not be kept
   */
  void hear(String provider, Notice notice) {
    billing.hear(provider, notice);
    bell.release();
  }

  private void keep() {
    try {
      for (int round = 0; ; round++) {
        try {
          if (round % TIDYING == 0) {
            billing.tidy();
          }
          billing.sweep();
        } catch (RuntimeException e) {
          log.atWarn().setCause(e).log("cannot look after payments; trying again");
        }
        if (bell.tryAcquire(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
          bell.drainPermits();
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    keeper.interrupt();
  }
}
