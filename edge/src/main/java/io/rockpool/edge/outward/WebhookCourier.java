package io.rockpool.edge.outward;

import io.rockpool.control.net.ForbiddenUrlException;
import io.rockpool.control.net.Internet;
import io.rockpool.control.webhook.Courier;
import io.rockpool.control.webhook.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Brings messages to webhooks over HTTP. It begins to work with its first message: where there is
 * no webhook it has no thread. Of an answer nothing is kept but its status, and when to come again.
 */
public final class WebhookCourier implements Courier {
  /** More than one server sends to one webhook at once. */
  private static final int CONNECTIONS = 32;

  private static final int THREADS = 16;

  /** More of an answer is not read. */
  private static final int LARGEST_ANSWER = 1 << 20;

  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  private final OutwardClients clients;
  private final QueuedThreadPool threads = new QueuedThreadPool(THREADS, 1);
  private final InstantSource clock;
  private final Duration patience;
  private boolean stopped;

  /**
   * @param internet where webhooks may be that are not said to be inside
   */
  public WebhookCourier(Internet internet, InstantSource clock) {
    this(internet, clock, PATIENCE);
  }

  /**
   * @param patience an attempt takes so long at most
   */
  WebhookCourier(Internet internet, InstantSource clock, Duration patience) {
    this.clients = new OutwardClients(internet, CONNECTIONS);
    this.clock = clock;
    this.patience = patience;
  }

  private synchronized HttpClient client(boolean inside) {
    if (stopped) {
      throw new IllegalStateException("the server stops");
    }
    if (!threads.isStarted()) {
      threads.setName("webhook-courier");
      threads.setDaemon(true);
      try {
        threads.start();
        clients.start(threads);
      } catch (Exception e) {
        throw new IllegalStateException("the client for webhooks does not start", e);
      }
    }
    return inside ? clients.anywhere() : clients.internetOnly();
  }

  @Override
  public Outcome post(URI url, boolean inside, Map<String, String> headers, byte[] body)
      throws InterruptedException {
    var request =
        client(inside)
            .newRequest(url)
            .method(HttpMethod.POST)
            .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
            .headers(to -> {
              to.put(HttpHeader.USER_AGENT, "Rockpool");
              to.put(HttpHeader.ACCEPT_ENCODING, "identity");
              headers.forEach(to::put);
            })
            .body(new BytesRequestContent("application/json", body));
    var listener = new InputStreamResponseListener();
    request.send(listener);
    try {
      var head = listener.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      boolean read = isRead(listener.getInputStream());
      if (!read) {
        var _ = request.abort(new IOException("not read to its end"));
      }
      return new Outcome.Answered(head.getStatus(), retryAfter(head));
    } catch (TimeoutException e) {
      var _ = request.abort(e);
      return new Outcome.Unreachable(slow());
    } catch (ExecutionException e) {
      return new Outcome.Unreachable(words(e.getCause()));
    } catch (InterruptedException e) {
      var _ = request.abort(e);
      throw e;
    }
  }

  /** Whether an answer came to its end, so that its connection can be used again. */
  private static boolean isRead(InputStream answer) {
    try (answer) {
      var nothing = new byte[8 << 10];
      for (int left = LARGEST_ANSWER; left > 0; ) {
        int read = answer.read(nothing, 0, Math.min(left, nothing.length));
        if (read < 0) {
          return true;
        }
        left -= read;
      }
      return false;
    } catch (IOException broken) {
      return false; // it has said how it took the message
    }
  }

  private String slow() {
    return "It did not answer within %d seconds: it should answer first, and work then."
        .formatted(patience.toSeconds());
  }

  private String words(@Nullable Throwable failure) {
    return switch (failure) {
      case ForbiddenUrlException forbidden -> String.valueOf(forbidden.getMessage());
      case UnknownHostException _ -> "Its host is not known: check the URL.";
      case SSLException _ ->
          "No secure connection: its certificate must be valid, and for this host.";
      case TimeoutException _ -> slow();
      case null, default -> "It does not answer: check the URL, and that the receiver runs.";
    };
  }

  private @Nullable Duration retryAfter(Response head) {
    var text = head.getHeaders().get(HttpHeader.RETRY_AFTER);
    if (text == null) {
      return null;
    }
    if (SECONDS.matcher(text).matches()) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      var then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Duration.between(clock.instant(), then);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Ends what is under way; nothing is sent any more. */
  public synchronized void stop() throws Exception {
    stopped = true;
    if (threads.isStarted()) {
      clients.stop();
      threads.stop();
    }
  }
}
