package io.rockpool.edge.webhook;

import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.channel.Intake;
import io.rockpool.control.channel.Intake.Addressee;
import io.rockpool.control.channel.Intake.Outcome;
import io.rockpool.control.channel.Intake.Taken;
import io.rockpool.edge.OncePerSecond;
import io.rockpool.edge.Room;
import io.rockpool.edge.Sources;
import io.rockpool.edge.StrangersBody;
import io.rockpool.edge.StrangersBody.Unread;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /webhook/PLATFORM/KEY}: what chat platforms send. Who it is for is looked up before
 * any of the body is read; the body is read once, as bytes. It waits for the disk, so it runs on
 * threads that may.
 */
public final class Webhooks extends Handler.Abstract {
  private static final Logger log = LoggerFactory.getLogger(Webhooks.class);

  private static final String PATH = "/webhook/";

  /** Payment providers' have handlers of their own. */
  private static final String PAYMENTS = "/webhook/payments/";

  private static final byte[] NO_BODY = {};

  /**
   * What requests may take.
   *
   * @param patience for a body
   * @param room in bytes, for all bodies that are being read or kept
   * @param share of it, for one connection; the largest body of a platform or more
   */
  public record Bounds(Duration patience, long room, long share) {
    public static final Bounds DEFAULT = new Bounds(Duration.ofSeconds(5), 32L << 20, 8L << 20);
  }

  private final Intake intake;
  private final Sources sources;
  private final Bounds bounds;
  private final WebhookWatch watch;
  private final InstantSource clock;
  private final Room<String> room;
  private final OncePerSecond refusals = new OncePerSecond();

  public Webhooks(
      Intake intake, Sources sources, Bounds bounds, WebhookWatch watch, InstantSource clock) {
    this.intake = intake;
    this.sources = sources;
    this.bounds = bounds;
    this.watch = watch;
    this.clock = clock;
    this.room = new Room<>(bounds.room(), bounds.share());
  }

  /** Whether a request is for these; looks at nothing but its path. */
  public static boolean isAskedFor(Request request) {
    var path = Request.getPathInContext(request);
    return path.startsWith(PATH) && !path.startsWith(PAYMENTS);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!isAskedFor(request)) {
      return false;
    }
    var parts = Request.getPathInContext(request).substring(PATH.length()).split("/", -1);
    var platform = parts[0];
    var head = webhook(request, NO_BODY);
    var addressee =
        parts.length == 2 ? intake.addressee(platform, parts[1], head) : new Addressee.Nobody();
    switch (addressee) {
      case Addressee.Nobody _ -> {
        var taken = intake.unknown(platform, head, sources.of(request), clock.instant());
        told("unknown", "", taken);
        answer(platform, taken, request, response, callback);
      }
      case Addressee.Unready(var taken) -> {
        told(platform, "", taken);
        answer(platform, taken, request, response, callback);
      }
      case Addressee.Somebody _ when !HttpMethod.POST.is(request.getMethod()) -> {
        response.getHeaders().put(HttpHeader.ALLOW, HttpMethod.POST.asString());
        answer(platform, unread(HttpStatus.METHOD_NOT_ALLOWED_405), request, response, callback);
      }
      case Addressee.Somebody(var door) -> take(door, request, response, callback);
    }
    return true;
  }

  private void take(Door door, Request request, Response response, Callback callback) {
    var connection = door.connection();
    var most = door.channel().limits().body();
    try (var body = StrangersBody.read(request, most, bounds.patience(), room, connection.id())) {
      var taken =
          intake.take(door, webhook(request, body.bytes()), sources.of(request), clock.instant());
      told(connection.platform(), connection.id(), taken);
      answer(connection.platform(), taken, request, response, callback);
    } catch (Unread e) {
      var taken =
          e.status() == HttpStatus.SERVICE_UNAVAILABLE_503
              ? intake.busy(door, webhook(request, NO_BODY))
              : unread(e.status());
      told(connection.platform(), connection.id(), taken);
      answer(
          connection.platform(),
          taken,
          request,
          response,
          e.isPending()
              // Whoever waits on for its rest would wait for nothing.
              ? Callback.from(
                  () -> callback.failed(new TimeoutException("the body did not come")),
                  callback::failed)
              : callback);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer(
          connection.platform(),
          intake.busy(door, webhook(request, NO_BODY)),
          request,
          response,
          callback);
    }
  }

  private static Taken unread(int status) {
    return new Taken(Outcome.UNREAD, Reply.empty(status));
  }

  private static Webhook webhook(Request request, byte[] body) {
    var headers = new LinkedHashMap<String, List<String>>();
    for (var field : request.getHeaders()) {
      var value = field.getValue();
      headers
          .computeIfAbsent(field.getName(), _ -> new ArrayList<>())
          .add(value == null ? "" : value);
    }
    var query = request.getHttpURI().getQuery();
    return new Webhook(request.getMethod(), headers, query == null ? "" : query, body);
  }

  private void answer(
      String platform, Taken taken, Request request, Response response, Callback callback) {
    watch.answered(
        platform,
        taken.outcome(),
        Duration.ofNanos(System.nanoTime() - request.getHeadersNanoTime()));
    var reply = taken.reply();
    response.setStatus(reply.status());
    reply.headers().forEach(response.getHeaders()::put);
    Content.Sink.write(response, true, reply.body(), callback);
  }

  /** Nothing of what was sent is in it, nor where to: keys are secrets. */
  private void told(String platform, String connection, Taken taken) {
    boolean isTold =
        switch (taken.outcome()) {
          case FORGED, UNKNOWN, UNREAD, FULL, FAILED -> true;
          case ACCEPTED, DUPLICATE, PROBE, IGNORED, UNREADABLE -> false;
        };
    if (isTold) {
      refusals
          .count()
          .ifPresent(count ->
              log.atWarn()
                  .addKeyValue("channel", platform)
                  .addKeyValue("connection", connection)
                  .addKeyValue("outcome", taken.outcome())
                  .addKeyValue("status", taken.reply().status())
                  .addKeyValue("count", count)
                  .setCause(taken.failure())
                  .log("A request to a webhook was not taken"));
    }
  }
}
