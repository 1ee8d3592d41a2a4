package io.rockpool.edge.model;

import io.rockpool.control.net.Internet;
import io.rockpool.edge.outward.OutwardClients;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.eclipse.jetty.client.ByteBufferRequestContent;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * Speaks to providers, with their real keys. Follows no redirects. Those whose URL is a user's are
 * reached over connections of their own, which lead to the public internet only.
 */
final class ProviderClient {
  private static final int CONNECTIONS = 16_384;

  /**
   * The end of a connection that was over before it was used again is noticed within this time: it
   * was on its way already.
   */
  private static final Duration OVER = Duration.ofSeconds(1);

  /** Of requests on a connection of their own. */
  private static final String ALONE = "alone";

  private static final String ANTHROPIC_VERSION = "anthropic-version";
  private static final String ANTHROPIC_BETA = "anthropic-beta";
  private static final String OLDEST_VERSION = "2023-06-01";
  private static final Set<String> REQUEST_IDS = Set.of("request-id", "x-request-id");
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,200}");

  /** No answer has begun. */
  static final class Unreachable extends Exception {
    /** Whether the request was sent to its end: the provider may have read it, and may charge. */
    final boolean maybeRead;

    Unreachable(Throwable cause, boolean maybeRead) {
      super(cause);
      this.maybeRead = maybeRead;
    }
  }

  /** The connection that was taken was over. */
  private static final class Over extends Exception {
    Over(Throwable cause) {
      super(cause);
    }
  }

  /**
   * What became of a request's connection. A provider closes one that is idle whenever it likes,
   * and whoever sends on it at that moment hears nothing but its end.
   */
  private static final class Course {
    private final long began = System.nanoTime();
    private volatile boolean isUsedAgain;
    private volatile boolean isAnswered;

    void begins(Request request) {
      isUsedAgain =
          request.getConnection() instanceof org.eclipse.jetty.io.Connection connection
              && connection.getBytesIn() > 0;
    }

    void answers() {
      isAnswered = true;
    }

    /** Whether, having failed now, the request was sent on a connection that was over. */
    boolean wasOver() {
      return isUsedAgain && !isAnswered && System.nanoTime() - began < OVER.toNanos();
    }
  }

  /** An answer that has begun. Closing it early makes the provider stop. */
  static final class Answer implements AutoCloseable {
    private final Request request;
    private final Response head;
    private final InputStream body;

    private Answer(Request request, Response head, InputStream body) {
      this.request = request;
      this.head = head;
      this.body = body;
    }

    int status() {
      return head.getStatus();
    }

    boolean isGood() {
      return HttpStatus.isSuccess(status());
    }

    @Nullable String header(HttpHeader name) {
      return head.getHeaders().get(name);
    }

    /**
     * By what the provider's people find the call. No other header of theirs passes: limits and
     * organisations are the operator's.
     */
    List<HttpField> requestIds() {
      return head.getHeaders().stream()
          .filter(it -> REQUEST_IDS.contains(it.getLowerCaseName()))
          .filter(it -> REQUEST_ID.matcher(String.valueOf(it.getValue())).matches())
          .toList();
    }

    boolean isStream() {
      var type = header(HttpHeader.CONTENT_TYPE);
      return type != null && type.regionMatches(true, 0, "text/event-stream", 0, 17);
    }

    /** Lets go of the body that was sent: an answer may take an hour. */
    void forgetRequest() {
      request.body(null);
    }

    /** Blocks until something has come; fails after the provider's silence. */
    InputStream body() {
      return body;
    }

    @Override
    public void close() {
      var _ = request.abort(new IOException("not read to its end"));
    }
  }

  /**
   * A request's body, in parts that are sent one after the other. A request whose last part was
   * never begun is none, and costs nothing. Whether its last byte was sent is not known in time:
   * the end of a connection may be noticed before.
   */
  private static final class Parts extends ByteBufferRequestContent {
    private static final int LENGTH = 64 << 10;

    private volatile boolean isLastSent;

    Parts(byte[] body) {
      super("application/json", slices(body));
    }

    private static ByteBuffer[] slices(byte[] body) {
      var all = new ByteBuffer[Math.max(1, Math.ceilDiv(body.length, LENGTH))];
      for (int i = 0; i < all.length; i++) {
        int from = i * LENGTH;
        all[i] = ByteBuffer.wrap(body, from, Math.min(LENGTH, body.length - from)).slice();
      }
      return all;
    }

    @Override
    public Content.Chunk read() {
      var chunk = super.read();
      // Of a request that has failed comes the failure, which is a last one, too.
      if (chunk != null && chunk.isLast() && !Content.Chunk.isFailure(chunk)) {
        isLastSent = true;
      }
      return chunk;
    }
  }

  private final OutwardClients clients;

  ProviderClient(Internet internet) {
    this.clients = new OutwardClients(internet, CONNECTIONS);
  }

  /** Begins to work; {@link #stop} ends it. */
  void start(Executor executor) throws Exception {
    clients.start(executor);
  }

  void stop() throws Exception {
    clients.stop();
  }

  /**
   * Asks a provider. Where it has just closed the connection of earlier requests that was taken, it
   * is asked once more, on a fresh one: it has read nothing of the first.
   *
   * @param target what is asked for, below the base URL, with its query
   * @param headers of the client; only what the protocol needs is passed
   * @param body empty for a question without one
   */
  Answer ask(ModelUpstream upstream, Api api, String target, HttpFields headers, byte[] body)
      throws Unreachable, InterruptedException {
    try {
      return ask(upstream, api, target, headers, body, false);
    } catch (Over first) {
      try {
        return ask(upstream, api, target, headers, body, true);
      } catch (Over second) {
        second.addSuppressed(first);
        throw new Unreachable(second, true);
      }
    }
  }

  /**
   * @param alone on a connection that nothing was sent on before, nor will be after
   */
  private Answer ask(
      ModelUpstream upstream,
      Api api,
      String target,
      HttpFields headers,
      byte[] body,
      boolean alone)
      throws Unreachable, Over, InterruptedException {
    var course = new Course();
    var http =
        switch (upstream.reach()) {
          case ANYWHERE -> clients.anywhere();
          case INTERNET -> clients.internetOnly();
        };
    var request =
        http.newRequest(upstream.base().getHost(), upstream.port())
            .scheme(upstream.base().getScheme())
            .method(api.method())
            .path(upstream.path() + target)
            .idleTimeout(upstream.silence().toMillis(), TimeUnit.MILLISECONDS)
            .headers(to -> authorised(to, upstream, api.dialect(), headers))
            .onRequestBegin(course::begins)
            .onResponseBegin(_ -> course.answers());
    if (alone) {
      request.tag(ALONE).headers(it -> it.put(HttpHeader.CONNECTION, "close"));
    }
    var parts = new Parts(body);
    if (api.isMetered()) {
      request.body(parts);
    }
    var listener = new InputStreamResponseListener();
    request.send(listener);
    try {
      var head = listener.get(upstream.silence().toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(request, head, listener.getInputStream());
    } catch (TimeoutException e) {
      var _ = request.abort(e);
      throw new Unreachable(e, parts.isLastSent);
    } catch (ExecutionException e) {
      if (!alone && course.wasOver()) {
        throw new Over(Optional.ofNullable(e.getCause()).orElse(e));
      }
      throw new Unreachable(Optional.ofNullable(e.getCause()).orElse(e), parts.isLastSent);
    } catch (InterruptedException e) {
      var _ = request.abort(e);
      throw e;
    }
  }

  /** Does something later, unless the server stops before. */
  void after(Duration wait, Runnable what) {
    var _ =
        clients.anywhere().getScheduler().schedule(what, wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void authorised(
      HttpFields.Mutable to, ModelUpstream upstream, Dialect dialect, HttpFields from) {
    copy(from, HttpHeader.ACCEPT.asString(), to);
    to.put(HttpHeader.ACCEPT_ENCODING, "identity"); // a compressed stream comes in lumps
    to.put(HttpHeader.USER_AGENT, "Rockpool");
    var key = upstream.key().reveal();
    switch (dialect) {
      case OPENAI -> {
        if (!key.isEmpty()) {
          to.put(HttpHeader.AUTHORIZATION, "Bearer " + key);
        }
      }
      case ANTHROPIC -> {
        if (!key.isEmpty()) {
          to.put("x-api-key", key);
        }
        to.put(ANTHROPIC_VERSION, OLDEST_VERSION);
        copy(from, ANTHROPIC_VERSION, to);
        copy(from, ANTHROPIC_BETA, to);
      }
    }
  }

  private static void copy(HttpFields from, String name, HttpFields.Mutable to) {
    var values = from.getValuesList(name);
    if (!values.isEmpty()) {
      to.put(new HttpField(name, String.join(", ", values)));
    }
  }
}
