package io.rockpool.control.openclaw;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A body as it arrives, for a thread that waits for it with a deadline. At most one batch of bytes
 * is ahead of the reader. The library's streams have no deadline and no prompt end.
 */
final class Arriving implements Flow.Subscriber<List<ByteBuffer>> {
  /** What came. */
  sealed interface Part {
    record Bytes(List<ByteBuffer> buffers) implements Part {}

    record End() implements Part {}

    record Failed(Throwable cause) implements Part {}

    /** Nothing, in time. */
    record Late() implements Part {}
  }

  private final LinkedBlockingQueue<Part> parts = new LinkedBlockingQueue<>();
  private final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();

  /** The next part; {@link Part.Late} when there is none until {@code deadlineNanos}. */
  Part next(long deadlineNanos) throws InterruptedException {
    var part = parts.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    if (part == null) {
      return new Part.Late();
    }
    if (part instanceof Part.Bytes) {
      subscription.get().request(1);
    }
    return part;
  }

  /** Closes the connection, unless the body has ended. */
  void drop() {
    var current = subscription.get();
    if (current != null) {
      current.cancel();
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription.set(subscription);
    subscription.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    parts.add(new Part.Bytes(buffers));
  }

  @Override
  public void onError(Throwable cause) {
    parts.add(new Part.Failed(cause));
  }

  @Override
  public void onComplete() {
    parts.add(new Part.End());
  }
}
