package io.rockpool.edge;

import io.rockpool.edge.Traffic.Direction;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** A request on its way to a gateway: what was decided about it, and a meter on its bytes. */
final class Passing extends BoundedRequest {
  private final Route.Pass route;
  private final Gate.Answer.To to;
  private final Origin origin;
  private final Traffic traffic;
  private final IntConsumer ended;
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile boolean tunnel;

  /**
   * @param bodyBytes a longer body fails with 413 while it is read
   * @param ended is told the status, once, when the answer is out or the tunnel closed
   */
  Passing(
      Request request,
      Route.Pass route,
      Gate.Answer.To to,
      Origin origin,
      long bodyBytes,
      Traffic traffic,
      IntConsumer ended) {
    super(request, bodyBytes);
    this.route = route;
    this.to = to;
    this.origin = origin;
    this.traffic = traffic;
    this.ended = ended;
  }

  Route.Pass route() {
    return route;
  }

  Gate.Answer.To to() {
    return to;
  }

  Origin origin() {
    return origin;
  }

  /** From here on the end of the tunnel, and not that of the handshake, ends this. */
  void becomesTunnel() {
    tunnel = true;
  }

  boolean isTunnel() {
    return tunnel;
  }

  void moved(Direction direction, long bytes) {
    traffic.moved(route.id(), route.kind(), direction, bytes);
  }

  void end(int status) {
    if (over.compareAndSet(false, true)) {
      ended.accept(status);
    }
  }

  @Override
  protected void wasRead(int bytes) {
    moved(Direction.UP, bytes);
  }

  /** The answer's side of the meter. */
  static final class Answering extends Response.Wrapper {
    private final Passing passing;

    Answering(Passing passing, Response response) {
      super(passing, response);
      this.passing = passing;
    }

    @Override
    public void write(boolean last, @Nullable ByteBuffer bytes, Callback callback) {
      if (bytes != null && bytes.hasRemaining()) {
        passing.moved(Direction.DOWN, bytes.remaining());
      }
      super.write(last, bytes, callback);
    }
  }
}
