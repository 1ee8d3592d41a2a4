package io.rockpool.server.billing;

import io.rockpool.control.store.StoreException;
import io.rockpool.payment.Notice;
import io.rockpool.payment.PaymentProvider;
import io.rockpool.payment.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
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
  private static final int KIB = 1 << 10;

  /** For the bodies of all strangers together; only what has come takes room. */
  private static final int ROOM_KIB = 16 << 10;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** One line of log a second at most for what is refused. */
  private static final Duration LOG_EVERY = Duration.ofSeconds(1);

  /** What takes notices. */
  public interface Ear {
    void hear(String provider, Notice notice);
  }

  private static final class Unread extends Exception {
    final int status;

    Unread(int status) {
      super("HTTP status " + status);
      this.status = status;
    }
  }

  private final Function<String, Optional<PaymentProvider>> providers;
  private final Ear ear;
  private final Semaphore room = new Semaphore(ROOM_KIB);
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong logged = new AtomicLong(System.nanoTime() - LOG_EVERY.toNanos());

  /**
   * @param providers those that are set up, by their names
   */
  public PaymentWebhook(Function<String, Optional<PaymentProvider>> providers, Ear ear) {
    this.providers = providers;
    this.ear = ear;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws IOException {
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
    try {
      accept(name, provider.get(), request, response, callback);
    } catch (Unread e) {
      refused(name);
      answer(response, callback, e.status, "");
    }
    return true;
  }

  private void accept(
      String name, PaymentProvider provider, Request request, Response response, Callback callback)
      throws IOException, Unread {
    switch (provider.verify(it -> header(request, it), body(request))) {
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

  private byte[] body(Request request) throws IOException, Unread {
    var encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new Unread(HttpStatus.UNSUPPORTED_MEDIA_TYPE_415);
    }
    if (request.getLength() > LONGEST) {
      throw new Unread(HttpStatus.PAYLOAD_TOO_LARGE_413);
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    int taken = 0;
    try (var in = Content.Source.asInputStream(request)) {
      var out = new ByteArrayOutputStream(8 * KIB);
      var part = new byte[8 * KIB];
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        if (out.size() + read > LONGEST) {
          throw new Unread(HttpStatus.PAYLOAD_TOO_LARGE_413);
        }
        if (System.nanoTime() > end) {
          throw new Unread(HttpStatus.REQUEST_TIMEOUT_408);
        }
        int more = Math.ceilDiv(out.size() + read, KIB) - taken;
        if (!room.tryAcquire(more)) {
          throw new Unread(HttpStatus.SERVICE_UNAVAILABLE_503);
        }
        taken += more;
        out.write(part, 0, read);
      }
      return out.toByteArray();
    } finally {
      room.release(taken);
    }
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
    long count = refused.incrementAndGet();
    long before = logged.get();
    long now = System.nanoTime();
    if (now - before >= LOG_EVERY.toNanos() && logged.compareAndSet(before, now)) {
      log.atWarn()
          .addKeyValue("provider", name)
          .addKeyValue("count", count)
          .log("A notice of a payment was refused: check the webhook's secret if it was genuine");
    }
  }
}
