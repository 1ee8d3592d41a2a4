package io.rockpool.edge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;

/**
 * Passes what arrives at one end of a tunnel to the other end. While nothing arrives it holds
 * neither a thread nor a buffer. Two make a tunnel; when one end is gone, so is the other.
 */
final class Pipe extends AbstractConnection.NonBlocking implements Connection.UpgradeTo {
  private static final int BUFFER = 16 * 1024;

  private final EndPoint other;
  private final ByteBufferPool buffers;
  private final LongConsumer moved;
  private final Runnable opened;
  private final Runnable closed;
  private final IteratingCallback copy = new Copy();
  private @Nullable ByteBuffer early; // came in one packet with the handshake

  /**
   * @param moved is told how many bytes were read here
   * @param opened runs once, before the first byte is passed
   * @param closed runs when this end is closed, however that came
   */
  Pipe(
      EndPoint here,
      EndPoint other,
      Executor executor,
      ByteBufferPool buffers,
      LongConsumer moved,
      Runnable opened,
      Runnable closed) {
    super(here, executor);
    this.other = other;
    this.buffers = buffers;
    this.moved = moved;
    this.opened = opened;
    this.closed = closed;
  }

  @Override
  public void onUpgradeTo(ByteBuffer buffer) {
    early = buffer;
  }

  @Override
  public void onOpen() {
    super.onOpen();
    opened.run();
    copy.iterate();
  }

  @Override
  public void onFillable() {
    copy.iterate();
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    super.onClose(cause);
    // Copy waits for the other end while it writes, so it cannot notice that this one is gone.
    other.close(cause);
    closed.run();
  }

  private final class Copy extends IteratingCallback {
    private @Nullable RetainableByteBuffer buffer;

    @Override
    protected Action process() throws IOException {
      if (early != null) {
        var first = early;
        early = null;
        if (first.hasRemaining()) {
          moved.accept(first.remaining());
          other.write(this, first);
          return Action.SCHEDULED;
        }
      }
      var space = buffers.acquire(BUFFER, true);
      buffer = space;
      int filled = getEndPoint().fill(space.getByteBuffer());
      if (filled > 0) {
        moved.accept(filled);
        other.write(this, space.getByteBuffer()); // we go on when it is written: back-pressure
        return Action.SCHEDULED;
      }
      release();
      if (filled == 0) {
        getEndPoint().fillInterested(this);
        return Action.SCHEDULED;
      }
      other.shutdownOutput();
      return Action.SUCCEEDED;
    }

    @Override
    protected void onSuccess() {
      release();
    }

    @Override
    protected void onFailure(Throwable cause) {
      getEndPoint().close(cause);
      other.close(cause);
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
      release();
    }

    private void release() {
      if (buffer != null) {
        buffer.release();
        buffer = null;
      }
    }

    @Override
    public InvocationType getInvocationType() {
      return InvocationType.NON_BLOCKING;
    }
  }
}
