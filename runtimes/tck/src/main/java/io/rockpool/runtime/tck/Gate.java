package io.rockpool.runtime.tck;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds one call of a {@link FakeDriver} until the test lets it go. */
public final class Gate {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  Gate() {}

  /** Waits until the call stands at the gate; false when it did not come in time. */
  public boolean awaitReached(Duration atMost) throws InterruptedException {
    return reached.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Lets the call go on. */
  public void release() {
    released.countDown();
  }

  void pass() {
    reached.countDown();
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
