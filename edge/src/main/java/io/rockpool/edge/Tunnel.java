package io.rockpool.edge;

import io.rockpool.edge.Traffic.Direction;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket: the gateway said 101, so tell the client, then join the ends. While the instance
 * sleeps, an open page is kept content: it hears the ticks that it waits for, and what it asks by
 * itself is answered once the instance is awake.
 */
final class Tunnel implements HttpUpgrader {
  private final Passing request;
  private final Response response;
  private final Callback callback;
  private final Traffic traffic;
  private final Sleep sleep;
  private final Duration idle;
  private final Duration tick;

  /**
   * @param idle when nothing moved at an end for so long, it is closed
   * @param tick how often a page wants to hear of its gateway; it gives up after two
   */
  Tunnel(
      Passing request,
      Response response,
      Callback callback,
      Traffic traffic,
      Sleep sleep,
      Duration idle,
      Duration tick) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.traffic = traffic;
    this.sleep = sleep;
    this.idle = idle;
    this.tick = tick;
  }

  @Override
  public void prepare(org.eclipse.jetty.client.Request up) {}

  @Override
  public void upgrade(
      org.eclipse.jetty.client.Response answer, EndPoint gateway, Callback upgraded) {
    var client = request.getTunnelSupport().getEndPoint();
    var threads = request.getComponents().getExecutor();
    var buffers = request.getComponents().getByteBufferPool();
    var timer = request.getComponents().getScheduler();
    client.setIdleTimeout(idle.toMillis());
    gateway.setIdleTimeout(idle.toMillis());
    var id = request.route().id();
    var downward = new Downward(() -> sleep.isAsleep(id));
    var down =
        new Pipe(
            gateway,
            client,
            threads,
            buffers,
            timer,
            downward,
            bytes -> request.moved(Direction.DOWN, bytes),
            _ -> {},
            () -> {});
    var upward =
        new Upward(
            id,
            traffic,
            sleep,
            payload -> {
              downward.pong(payload);
              down.stir();
            });
    var ticks = new Ticks(timer, upward, downward, down);
    var up =
        new Pipe(
            client,
            gateway,
            threads,
            buffers,
            timer,
            upward,
            bytes -> request.moved(Direction.UP, bytes),
            self -> {
              gateway.upgrade(down);
              ticks.start(self);
            },
            () -> {
              ticks.stop();
              request.end(HttpStatus.SWITCHING_PROTOCOLS_101);
            });
    request.becomesTunnel();
    response.setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
    for (var field : answer.getHeaders()) {
      var kept = PassedHeaders.toClient(field);
      if (kept != null) {
        response.getHeaders().add(kept);
      }
    }
    request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, up); // opens when 101 is out
    response.write(
        true,
        null,
        Callback.from(
            callback::succeeded,
            failure -> {
              gateway.close(failure);
              callback.failed(failure);
            }));
    upgraded.succeeded();
  }

  /**
   * Looks twice in a tick whether the instance sleeps and nothing was said since the last look. So
   * a page hears something before one and a half ticks are over.
   */
  private final class Ticks {
    private final Scheduler timer;
    private final Upward upward;
    private final Downward downward;
    private final Pipe down;
    private volatile boolean stopped;
    private volatile Scheduler.@Nullable Task next;

    Ticks(Scheduler timer, Upward upward, Downward downward, Pipe down) {
      this.timer = timer;
      this.upward = upward;
      this.downward = downward;
      this.down = down;
    }

    void start(Pipe up) {
      next = timer.schedule(() -> look(up), tick.toMillis() / 2, TimeUnit.MILLISECONDS);
    }

    private void look(Pipe up) {
      boolean quiet = downward.wasQuiet();
      if (!sleep.isAsleep(request.route().id())) {
        if (upward.isHolding()) {
          up.stir(); // somebody else has woken it
        }
      } else if (quiet && upward.isConnected()) {
        var sinceHandshake = NanoTime.millisSince(request.getBeginNanoTime());
        downward.tick(Request.getTimeStamp(request) + sinceHandshake);
        down.stir();
      }
      if (!stopped) {
        start(up);
      }
    }

    void stop() {
      stopped = true;
      var task = next;
      if (task != null) {
        task.cancel();
      }
    }
  }
}
