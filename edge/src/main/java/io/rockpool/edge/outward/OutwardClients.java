package io.rockpool.edge.outward;

import io.rockpool.control.net.Internet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.eclipse.jetty.client.ContinueProtocolHandler;
import org.eclipse.jetty.client.EarlyHintsProtocolHandler;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProcessingProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;

/**
 * Two HTTP clients: one for whom an operator trusts, and one whose connections lead to the public
 * internet only, each to an address that was looked at just before. They follow no redirects, keep
 * no cookies, answer no 401, decode nothing, and know no proxy.
 */
public final class OutwardClients {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final HttpClient anywhere;
  private final HttpClient internetOnly;
  private final GuardedResolver resolver;

  /**
   * @param internet what the second one may reach
   * @param connections to one destination at once, and so many requests may wait for one
   */
  public OutwardClients(Internet internet, int connections) {
    this.resolver = new GuardedResolver(internet);
    this.anywhere = client(connections);
    this.internetOnly = client(connections);
  }

  private static HttpClient client(int connections) {
    var transport = new HttpClientTransportOverHTTP();
    transport.setHeaderCacheSize(0); // 98 KB for each connection, measured
    var http = new HttpClient(transport);
    http.setUserAgentField(null);
    http.setFollowRedirects(false);
    http.setConnectTimeout(CONNECT.toMillis());
    http.setIdleTimeout(IDLE.toMillis());
    http.setMaxConnectionsPerDestination(connections);
    http.setMaxRequestsQueuedPerDestination(connections);
    http.setMaxResponseHeadersSize(64 << 10);
    http.setDestinationIdleTimeout(Duration.ofMinutes(1).toMillis());
    http.setHttpCookieStore(new HttpCookieStore.Empty()); // calls of many share it
    return http;
  }

  /** Begins to work; {@link #stop} ends it. */
  public void start(Executor executor) throws Exception {
    internetOnly.setSocketAddressResolver(resolver);
    for (var http : List.of(anywhere, internetOnly)) {
      http.setExecutor(executor);
      http.start();
      http.getContentDecoderFactories().clear();
      // A 401 or a redirect is an answer like any other; what only announces one is none.
      var handlers = http.getProtocolHandlers();
      handlers.clear();
      handlers.put(new ContinueProtocolHandler());
      handlers.put(new ProcessingProtocolHandler());
      handlers.put(new EarlyHintsProtocolHandler());
    }
  }

  /** Ends what is under way. */
  public void stop() throws Exception {
    anywhere.stop();
    internetOnly.stop();
    resolver.close();
  }

  /** For URLs that an operator gave, and may be inside. */
  public HttpClient anywhere() {
    return anywhere;
  }

  /** For all others. */
  public HttpClient internetOnly() {
    return internetOnly;
  }
}
