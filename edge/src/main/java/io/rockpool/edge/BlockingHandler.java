package io.rockpool.edge;

import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;

/**
 * Runs a handler that may block on a virtual thread, so that the few threads that watch all
 * connections never wait, and hand over only what has to be.
 */
public final class BlockingHandler extends Handler.Wrapper {
  private final Predicate<Request> takes;

  /** What blocks: true if it answers the request. */
  interface Work {
    boolean handle() throws Exception;
  }

  /**
   * @param takes whether the handler answers a request; must not block
   */
  public BlockingHandler(Handler handler, Predicate<Request> takes) {
    super(handler);
    this.takes = takes;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!takes.test(request)) {
      return false;
    }
    run(request, response, callback, () -> super.handle(request, response, callback));
    return true;
  }

  /** Leaves a request to a virtual thread. */
  static void run(Request request, Response response, Callback callback, Work work) {
    VirtualThreads.getExecutor(request.getComponents().getExecutor())
        .execute(() -> {
          try {
            if (!work.handle()) {
              Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
            }
          } catch (Throwable e) {
            Response.writeError(request, response, callback, e);
          }
        });
  }
}
