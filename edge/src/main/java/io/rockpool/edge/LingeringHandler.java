package io.rockpool.edge;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Reads on for a while when a request was answered before all of its body had come, a refusal
 * mostly. To close such a connection at once would reset it, and a reset takes the answer away from
 * a client that has not read it yet (RFC 9112, section 9.6).
 */
public final class LingeringHandler extends Handler.Wrapper {
  /** More than any body that is taken: what comes after it is not a mistake. */
  private static final long MOST_BYTES = 64L << 20;

  private final Duration longest;

  /**
   * @param longest how long to read on, at most
   */
  public LingeringHandler(Handler handler, Duration longest) {
    super(handler);
    this.longest = longest;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    return super.handle(
        request, response, sendsBody(request) ? new Linger(request, longest, callback) : callback);
  }

  private static boolean sendsBody(Request request) {
    var headers = request.getHeaders();
    return (request.getLength() > 0 || headers.contains(HttpHeader.TRANSFER_ENCODING))
        // a client that asks first sends nothing after a refusal
        && !headers.contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());
  }

  /** Completes a request when its body has ended, or when it lasted too long. */
  private static final class Linger extends Callback.Nested implements Runnable {
    private final Request request;
    private final Duration longest;
    private final AtomicBoolean over = new AtomicBoolean();
    private Scheduler.@Nullable Task alarm;
    private long bytes;

    Linger(Request request, Duration longest, Callback callback) {
      super(callback);
      this.request = request;
      this.longest = longest;
    }

    @Override
    public void succeeded() {
      run();
    }

    @Override
    public void run() {
      while (true) {
        var chunk = request.read();
        if (chunk == null) {
          if (alarm == null) {
            alarm =
                request
                    .getComponents()
                    .getScheduler()
                    .schedule(this::giveUp, longest.toMillis(), TimeUnit.MILLISECONDS);
          }
          request.demand(this);
          return;
        }
        bytes += chunk.remaining();
        boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk);
        chunk.release();
        if (last || bytes > MOST_BYTES) {
          if (over.compareAndSet(false, true)) {
            if (alarm != null) {
              alarm.cancel();
            }
            super.succeeded();
          }
          return;
        }
      }
    }

    private void giveUp() {
      if (over.compareAndSet(false, true)) {
        super.failed(new TimeoutException("The rest of the body did not come."));
      }
    }
  }
}
