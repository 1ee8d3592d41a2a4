package io.rockpool.server.billing;

import io.rockpool.control.store.StoreException;
import io.rockpool.edge.OncePerSecond;
import io.rockpool.edge.Room;
import io.rockpool.edge.StrangersBody;
import io.rockpool.edge.StrangersBody.Unread;
import io.rockpool.payment.Notice;
import io.rockpool.payment.PaymentProvider;
import io.rockpool.payment.Verdict;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
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
 * {@code POST /webhook/payments/PROVIDER}: what payment providers tell us. The body is read once,
 * as bytes; the signature is checked over these bytes before anything else is done; a notice is on
 * disk before it is acknowledged, and looked into later.
 */
public final class PaymentWebhook extends Handler.Abstract {
  private static final Logger log = LoggerFactory.getLogger(PaymentWebhook.class);

  private static final String PATH = "/webhook/payments/";
  static final int LONGEST = 1 << 20;

  /** For the bodies of all strangers together; only what has come takes room. */
  private static final long ROOM = 16L << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** What takes notices. */
  public interface Ear {
    void hear(String provider, Notice notice);
  }

  private final Function<String, Optional<PaymentProvider>> providers;
  private final Ear ear;
  private final Room<String> room = new Room<>(ROOM, ROOM);
  private final OncePerSecond refusals = new OncePerSecond();

  /**
   * @param providers those that are set up, by their names
   */
  public PaymentWebhook(Function<String, Optional<PaymentProvider>> providers, Ear ear) {
    this.providers = providers;
    this.ear = ear;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var path = Request.getPathInContext(request);
    if (!path.startsWith(PATH)) {
      return false;
    }
    var name = path.substring(PATH.length());
    var provider = providers.apply(name);
    if (provider.isEmpty()) {
      return false;
    }
    if (!HttpMethod.POST.is(request.getMethod())) {
      response.getHeaders().put(HttpHeader.ALLOW, "POST");
      answer(response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "");
      return true;
    }
    try (var body = StrangersBody.read(request, LONGEST, PATIENCE, room, name)) {
      accept(name, provider.get(), body.bytes(), request, response, callback);
    } catch (Unread e) {
      refused(name);
      answer(response, e.isPending() ? failing(callback) : callback, e.status(), "");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer(response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, "");
    }
    return true;
  }

  /** Whoever waits on for the rest of such a request would wait for nothing. */
  private static Callback failing(Callback callback) {
    return Callback.from(
        () -> callback.failed(new TimeoutException("the body did not come")), callback::failed);
  }

  private void accept(
      String name,
      PaymentProvider provider,
      byte[] body,
      Request request,
      Response response,
      Callback callback) {
    switch (provider.verify(it -> header(request, it), body)) {
      case Verdict.Forged(var expected) -> {
        if (!expected) {
          refused(name);
        }
        answer(response, callback, HttpStatus.BAD_REQUEST_400, "");
      }
      case Verdict.Genuine(var notice, var acknowledgement) -> {
        try {
          ear.hear(name, notice);
          answer(response, callback, HttpStatus.OK_200, acknowledgement);
        } catch (StoreException e) {
          log.atWarn().addKeyValue("provider", name).setCause(e).log("A notice cannot be kept");
          response.getHeaders().put(HttpHeader.RETRY_AFTER, 5);
          answer(response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, "");
        }
      }
    }
  }

  private static Optional<String> header(Request request, String name) {
    return Optional.ofNullable(request.getHeaders().get(name));
  }

  private static void answer(Response response, Callback callback, int status, String body) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    if (!body.isEmpty()) {
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
    }
    Content.Sink.write(response, true, body, callback);
  }

  private void refused(String name) {
    refusals
        .count()
        .ifPresent(count ->
            log.atWarn()
                .addKeyValue("provider", name)
                .addKeyValue("count", count)
                .log(
                    "A notice of a payment was refused: check the webhook's secret if it was genuine"));
  }
}
