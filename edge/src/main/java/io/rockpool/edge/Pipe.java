package io.rockpool.edge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Passes what arrives at one end of a tunnel to the other end, as its watch decides. While nothing
 * arrives it holds neither a thread nor a buffer. Two make a tunnel; when one end is gone, so is
 * the other.
 */
final class Pipe extends AbstractConnection.NonBlocking implements Connection.UpgradeTo {
  private static final int BUFFER = 16 * 1024;
  private static final long LOOK_MILLIS = 10; // while the watch says WAIT

  private final EndPoint other;
  private final ByteBufferPool buffers;
  private final Scheduler timer;
  private final Watch watch;
  private final LongConsumer moved;
  private final Consumer<Pipe> opened;
  private final Runnable closed;
  private final Copy copy = new Copy();

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
      Scheduler timer,
      Watch watch,
      LongConsumer moved,
      Consumer<Pipe> opened,
      Runnable closed) {
    super(here, executor);
    this.other = other;
    this.buffers = buffers;
    this.timer = timer;
    this.watch = watch;
    this.moved = moved;
    this.opened = opened;
    this.closed = closed;
  }

  /** Asks the watch again, though nothing arrived. Any thread. */
  void stir() {
    copy.iterate();
  }

  @Override
  public void onUpgradeTo(ByteBuffer buffer) {
    if (buffer.hasRemaining()) {
      copy.early(buffer);
    }
  }

  @Override
  public void onOpen() {
    super.onOpen();
    opened.accept(this);
    copy.iterate();
  }

  @Override
  public void onFillable() {
    copy.iterate();
  }

  @Override
  public void onFillInterestedFailed(Throwable cause) {
    copy.abort(cause);
  }

  @Override
  public boolean onIdleExpired(TimeoutException timeout) {
    return !watch.mayBeSilent();
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    super.onClose(cause);
    // Copy waits for the other end while it writes, so it cannot notice that this one is gone.
    other.close(cause);
    copy.abort(cause == null ? new ClosedChannelException() : cause);
    closed.run();
  }

  private final class Copy extends IteratingCallback {
    private @Nullable RetainableByteBuffer buffer;
    private Scheduler.@Nullable Task look;

    /** What came in one packet with the handshake. */
    void early(ByteBuffer bytes) {
      moved.accept(bytes.remaining());
      buffer = buffers.acquire(Math.max(BUFFER, bytes.remaining()), true);
      BufferUtil.append(buffer.getByteBuffer(), bytes);
    }

    @Override
    protected Action process() throws IOException {
      while (true) {
        var bytes = buffer == null ? BufferUtil.EMPTY_BUFFER : buffer.getByteBuffer();
        switch (watch.next(bytes)) {
          case PASS -> {
            other.write(this, taken(bytes, watch.length())); // we go on when it is written
            return Action.SCHEDULED;
          }
          case DROP -> taken(bytes, watch.length());
          case OWN -> {
            other.write(this, watch.own());
            return Action.SCHEDULED;
          }
          case WAIT -> {
            if (look != null) {
              look.cancel();
            }
            look = timer.schedule(this::iterate, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return Action.IDLE; // nothing more is read: back-pressure
          }
          case MORE -> {
            int filled = fill();
            if (filled == 0) {
              if (!getEndPoint().isFillInterested()) {
                fillInterested();
              }
              return Action.IDLE;
            }
            if (filled < 0) {
              other.shutdownOutput();
              return Action.SUCCEEDED;
            }
          }
        }
      }
    }

    private static ByteBuffer taken(ByteBuffer bytes, int length) {
      if (length == bytes.remaining()) {
        var all = bytes.slice();
        bytes.position(bytes.limit());
        return all;
      }
      var some = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      return some;
    }

    /** Reads behind what is left of the last time. */
    private int fill() throws IOException {
      var space = buffer;
      if (space == null) {
        space = buffers.acquire(BUFFER, true);
        buffer = space;
      }
      int filled = getEndPoint().fill(space.getByteBuffer());
      if (filled > 0) {
        moved.accept(filled);
      } else {
        releaseIfEmpty();
      }
      return filled;
    }

    @Override
    protected void onSuccess() {
      releaseIfEmpty();
    }

    @Override
    protected void onFailure(Throwable cause) {
      getEndPoint().close(cause);
      other.close(cause);
    }

    @Override
    protected void onCompleteSuccess() {
      release();
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
      release();
    }

    private void releaseIfEmpty() {
      if (buffer != null && !buffer.hasRemaining()) {
        release();
      }
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
