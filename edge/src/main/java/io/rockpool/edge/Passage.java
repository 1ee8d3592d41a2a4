package io.rockpool.edge;

import io.rockpool.edge.Traffic.Kind;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpUpgrader;
import org.eclipse.jetty.client.UpgradeProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.proxy.ProxyHandler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /i/{id}/…} to the instance's gateway: HTTP, event streams and, after a WebSocket's
 * handshake, bytes. The handshake goes through Jetty's server and client, so what either end
 * refuses is plain HTTP.
 */
final class Passage extends ProxyHandler {
  private static final Logger log = LoggerFactory.getLogger(Passage.class);

  /**
   * Requests that a gateway has at once; more wait here. A thousand may come in the moment in which
   * it wakes, and Node queues 511 new connections.
   */
  private static final int AT_ONCE = 256;

  /** When to come again after waiting for work that did not end. */
  private static final Duration AFTER_WORK = Duration.ofSeconds(10);

  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<String> NEVER = Set.of("CONNECT", "TRACE");

  /**
   * Node closes a quiet connection after 5 s; ours go before, or a request could meet the close.
   */
  private static final Duration POOLED = Duration.ofSeconds(4);

  static final Problem UNKNOWN =
      Problem.of(
          "unknown-instance",
          "No such instance",
          HttpStatus.NOT_FOUND_404,
          "There is nothing here that you may see. Check the address, or sign in with the account that owns the instance.");
  private static final Problem CROOKED =
      Problem.of(
          "bad-path",
          "This path is not passed on",
          HttpStatus.BAD_REQUEST_400,
          "A path may not hold dot segments, empty segments, back slashes or encoded slashes. Send it in its plain form.");
  private static final Problem FOREIGN =
      Problem.of(
          "foreign-origin",
          "Another site asks",
          HttpStatus.FORBIDDEN_403,
          "The page that sent this is not of the host it was sent to. Open the instance's own page. Behind a proxy of yours, let it pass the Host header on.");
  private static final Problem UNAUTHORIZED =
      Problem.of(
          "signed-out",
          "Not signed in",
          HttpStatus.UNAUTHORIZED_401,
          "Sign in, or send an API key as a bearer token.");
  private static final Problem ASLEEP =
      Problem.of(
          "waking",
          "Waking up",
          HttpStatus.SERVICE_UNAVAILABLE_503,
          "The instance was asleep and is being started. Ask again after the time in Retry-After.");
  private static final Problem BUSY =
      Problem.of(
          "too-many-requests",
          "Too many requests at once",
          HttpStatus.SERVICE_UNAVAILABLE_503,
          "This instance has as many open requests or WebSockets as it may have. Close some, or ask again later.");
  private static final Problem TOO_LONG =
      Problem.of(
          "body-too-long",
          "The body is too long",
          HttpStatus.PAYLOAD_TOO_LARGE_413,
          "Send less. The operator sets the limit with edge.body-bytes.");
  private static final Problem DOWN =
      Problem.of(
          "gateway-unreachable",
          "The gateway does not answer",
          HttpStatus.BAD_GATEWAY_502,
          "The instance is placed, but its gateway cannot be reached. It may be starting or may have crashed: look at its state and its logs, then try again.");

  private final EdgeSettings settings;
  private final Gate gate;
  private final Traffic traffic;
  private final Sleep sleep;
  private final Turns turns;
  private final Duration tick;
  private final Places requests;
  private final Places tunnels;

  /**
   * @param tick what every gateway tells pages as its {@code tickIntervalMs}
   */
  Passage(
      EdgeSettings settings, Gate gate, Traffic traffic, Sleep sleep, Turns turns, Duration tick) {
    this.settings = settings;
    this.gate = gate;
    this.traffic = traffic;
    this.sleep = sleep;
    this.turns = turns;
    this.tick = tick;
    this.requests = new Places(settings.limits().requestsPerInstance());
    this.tunnels = new Places(settings.limits().tunnelsPerInstance());
    setUseServerThreadPool(true);
  }

  /** What may block is left to {@link BlockingHandler}. */
  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    // The raw path, so that what is checked is what is sent. CONNECT has none.
    var path = request.getHttpURI().getPath();
    boolean socket = isSocket(request);
    if (path == null) {
      return false;
    }
    var host = Request.getServerName(request);
    switch (Route.of(host == null ? "" : host, path, settings.domain(), socket)) {
      case Route.Elsewhere _ -> {
        return false;
      }
      case Route.Crooked _ -> Refusal.write(request, response, callback, CROOKED);
      case Route.Nowhere _ -> Refusal.write(request, response, callback, UNKNOWN);
      case Route.Redirect(var to) -> Response.sendRedirect(request, response, callback, to);
      case Route.Pass pass -> admit(pass, request, response, callback);
    }
    return true;
  }

  private void admit(Route.Pass asked, Request request, Response response, Callback callback) {
    var origin = Origin.of(request.getHeaders());
    boolean changes = isSocket(request) || !SAFE.contains(request.getMethod());
    var route = changes ? asked.changing() : asked;
    if (NEVER.contains(request.getMethod())) {
      Refusal.write(request, response, callback, CROOKED);
    } else if (origin == Origin.FOREIGN && changes) {
      Refusal.write(request, response, callback, FOREIGN);
    } else {
      gate.recall(route.id(), route.kind(), request)
          .ifPresentOrElse(
              answer -> obey(answer, route, origin, request, response, callback),
              () ->
                  BlockingHandler.run(
                      request,
                      response,
                      callback,
                      () -> {
                        var answer = gate.admit(route.id(), route.kind(), request);
                        obey(answer, route, origin, request, response, callback);
                        return true;
                      }));
    }
  }

  private void obey(
      Gate.Answer answer,
      Route.Pass route,
      Origin origin,
      Request request,
      Response response,
      Callback callback) {
    switch (answer) {
      case Gate.Answer.To to -> pass(new Admitted(route, to, origin, request, response, callback));
      case Gate.Answer.Unknown _ -> Refusal.write(request, response, callback, UNKNOWN);
      case Gate.Answer.Refused(var problem) -> Refusal.write(request, response, callback, problem);
      case Gate.Answer.Asleep(var wait) ->
          Refusal.write(request, response, callback, ASLEEP, atLeastOneSecond(wait));
      case Gate.Answer.SignIn(var page) -> {
        if (Refusal.isNavigation(request)) {
          response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
          Response.sendRedirect(request, response, callback, page);
        } else {
          Refusal.write(request, response, callback, UNAUTHORIZED);
        }
      }
    }
  }

  /** A request that may pass. */
  private record Admitted(
      Route.Pass route,
      Gate.Answer.To to,
      Origin origin,
      Request request,
      Response response,
      Callback callback) {
    void refuse(Problem problem, Duration retryAfter) {
      Refusal.write(request, response, callback, problem, retryAfter);
    }
  }

  private void pass(Admitted it) {
    var request = it.request();
    var id = it.route().id();
    if (BoundedRequest.isTooLong(request, settings.limits().bodyBytes())) {
      Refusal.write(request, it.response(), it.callback(), TOO_LONG);
      return;
    }
    var places = it.route().kind() == Kind.SOCKET ? tunnels : requests;
    if (!places.enter(id)) {
      it.refuse(BUSY, Duration.ofSeconds(1));
      return;
    }
    request.addIdleTimeoutListener(_ -> false); // a stream that is silent has not failed
    if (SAFE.contains(request.getMethod())) {
      go(it, () -> places.leave(id));
    } else if (turns.enterAtOnce(id)) {
      work(it);
    } else {
      BlockingHandler.run(
          request,
          it.response(),
          it.callback(),
          () -> {
            if (hasTurn(id)) {
              work(it);
            } else {
              requests.leave(id);
              it.refuse(BUSY, AFTER_WORK);
            }
            return true;
          });
    }
  }

  private boolean hasTurn(InstanceId id) {
    try {
      return turns.enter(id);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What has a turn. */
  private void work(Admitted it) {
    var id = it.route().id();
    go(
        it,
        () -> {
          turns.leave(id);
          requests.leave(id);
        });
  }

  /**
   * @param leave gives back the places that it has
   */
  private void go(Admitted it, Runnable leave) {
    var route = it.route();
    traffic.began(route.id(), route.kind());
    var passing =
        new Passing(
            it.request(),
            route,
            it.to(),
            it.origin(),
            settings.limits().bodyBytes(),
            traffic,
            status -> {
              leave.run();
              traffic.ended(route.id(), route.kind(), status);
            });
    Request.addCompletionListener(
        it.request(),
        failure -> {
          if (failure != null || !passing.isTunnel()) {
            passing.end(it.response().getStatus());
          }
        });
    super.handle(passing, new Passing.Answering(passing, it.response()), it.callback());
  }

  /** How many requests or tunnels of an instance are on their way. */
  int inFlight(InstanceId id, Kind kind) {
    return (kind == Kind.SOCKET ? tunnels : requests).inUse(id);
  }

  private static Duration atLeastOneSecond(Duration wait) {
    return wait.compareTo(Duration.ofSeconds(1)) < 0 ? Duration.ofSeconds(1) : wait;
  }

  private static boolean isSocket(Request request) {
    return HttpMethod.GET.is(request.getMethod())
        && request.getHeaders().contains(HttpHeader.UPGRADE, "websocket");
  }

  @Override
  protected HttpURI rewriteHttpURI(Request request) {
    var passing = (Passing) request;
    var gateway = passing.to().gateway();
    return HttpURI.build()
        .scheme(gateway.getScheme())
        .host(gateway.getHost())
        .port(gateway.getPort())
        .path(passing.route().path())
        .query(request.getHttpURI().getQuery());
  }

  @Override
  protected org.eclipse.jetty.client.Request newProxyToServerRequest(Request request, HttpURI to) {
    return getHttpClient()
        .newRequest(to.getHost(), to.getPort())
        .scheme(to.getScheme())
        .method(request.getMethod())
        .idleTimeout(0, TimeUnit.MILLISECONDS) // the gateway's silence is its own
        .path(to.getPathQuery()); // as it came: java.net.URI would refuse ?q=a|b
  }

  @Override
  protected void addProxyHeaders(Request request, org.eclipse.jetty.client.Request up) {
    var passing = (Passing) request;
    var client = request.getConnectionMetaData().getRemoteSocketAddress();
    up.headers(headers -> PassedHeaders.toGateway(headers, passing.origin(), passing.to(), client));
  }

  @Override
  protected void sendProxyToServerRequest(
      Request request, org.eclipse.jetty.client.Request up, Response response, Callback callback) {
    var passing = (Passing) request;
    if (passing.route().kind() == Kind.SOCKET) {
      up.headers(
          it -> it.put(HttpHeader.CONNECTION, "Upgrade").put(HttpHeader.UPGRADE, "websocket"));
      HttpUpgrader.Factory tunnel =
          (HttpVersion _) ->
              new Tunnel(
                  passing,
                  response,
                  callback,
                  traffic,
                  sleep,
                  settings.limits().tunnelIdle(),
                  tick);
      up.attribute(HttpUpgrader.Factory.class.getName(), tunnel);
    }
    super.sendProxyToServerRequest(request, up, response, callback);
  }

  @Override
  protected @Nullable HttpField filterServerToProxyResponseField(HttpField field) {
    return PassedHeaders.toClient(field);
  }

  @Override
  protected void onServerToProxyResponseFailure(
      Request request,
      org.eclipse.jetty.client.Request up,
      org.eclipse.jetty.client.@Nullable Response answer,
      Response response,
      Callback callback,
      Throwable failure) {
    var route = ((Passing) request).route();
    log.atDebug()
        .addKeyValue("instance", route.id())
        .addKeyValue("error", failure.getClass().getSimpleName())
        .log("the gateway did not answer");
    if (response.isCommitted()) {
      callback.failed(failure); // cuts the stream: the client must not take it for whole
    } else if (BoundedRequest.isTooLong(failure)) {
      Refusal.write(request, response, callback, TOO_LONG);
    } else {
      Refusal.write(request, response, callback, DOWN);
    }
  }

  @Override
  protected HttpClient newHttpClient() {
    var connector = new ClientConnector();
    connector.setSelectors(Edge.SELECTORS);
    var transport = new HttpClientTransportOverHTTP(connector);
    transport.setInvocationType(InvocationType.NON_BLOCKING);
    transport.setHeaderCacheSize(0); // 98 KB for each connection, measured
    return new HttpClient(transport);
  }

  @Override
  protected void configureHttpClient(HttpClient client) {
    super.configureHttpClient(client);
    var limits = settings.limits();
    client.setUserAgentField(null);
    client.setConnectTimeout(limits.connectTimeout().toMillis());
    client.setIdleTimeout(POOLED.toMillis());
    client.setDestinationIdleTimeout(Duration.ofMinutes(1).toMillis());
    client.setMaxConnectionsPerDestination(
        Math.min(limits.requestsPerInstance(), AT_ONCE) + limits.tunnelsPerInstance());
    client.setMaxRequestsQueuedPerDestination(limits.requestsPerInstance());
    client.setRequestBufferSize(limits.headerBytes());
  }

  @Override
  protected void doStart() throws Exception {
    super.doStart();
    getHttpClient().getProtocolHandlers().put(new UpgradeProtocolHandler()); // it takes all away
  }
}
