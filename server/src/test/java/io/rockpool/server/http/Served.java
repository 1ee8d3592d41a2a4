package io.rockpool.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.control.account.Actor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import tools.jackson.databind.JsonNode;

/** A route table on a real server, on a free port. The bearer token is the account's name. */
final class Served implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");

  final RouteHandler handler;
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Server server = new Server(new VirtualThreadPool(0));
  private final ServerConnector connector = new ServerConnector(server, 1, 1);

  Served(List<Route<?, ?>> routes, HttpLimits limits, IdempotencyStore keys) {
    this.handler = new RouteHandler(routes, Served::login, keys, () -> NOW, limits);
    try {
      connector.setAcceptQueueSize(1_024);
      connector.setHost("127.0.0.1");
      server.addConnector(connector);
      server.setErrorHandler(new ProblemErrorHandler());
      server.setHandler(new Handler.Sequence(handler));
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  Served(List<Route<?, ?>> routes) {
    this(routes, HttpLimits.DEFAULT, new MemoryIdempotencyStore());
  }

  private static Login.Result login(Login.Attempt attempt) {
    return attempt
        .bearer()
        .map(it -> it.reveal())
        .<Login.Result>map(name ->
            name.equals("reader") && attempt.scope() == Route.Scope.OPERATE
                ? new Login.Out(Problem.Kind.FORBIDDEN.detail("This token may only read."))
                : new Login.In(new Actor.User(name)))
        .orElseGet(() ->
            new Login.Out(
                Problem.Kind.UNAUTHORIZED.detail("Send Authorization: Bearer and a token.")));
  }

  /** A request as ada, to be completed. */
  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .timeout(Duration.ofSeconds(20))
        .header("Authorization", "Bearer ada");
  }

  HttpResponse<String> get(String path) {
    return send(request(path));
  }

  HttpResponse<String> post(String path, String body) {
    return send(json(path, body));
  }

  HttpRequest.Builder json(String path, String body) {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends bytes as they are, and reads until the server closes. */
  String raw(String head, byte... body) throws IOException {
    try (var socket = open()) {
      socket.getOutputStream().write(head.replace("\n", "\r\n").getBytes(ISO_8859_1));
      socket.getOutputStream().write(body);
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  Socket open() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** How long a new connection may be silent. */
  void idleTimeout(Duration timeout) {
    connector.setIdleTimeout(timeout.toMillis());
  }

  int port() {
    return connector.getLocalPort();
  }

  static JsonNode json(HttpResponse<String> response) {
    return Json.MAPPER.readTree(response.body());
  }

  /** The last part of the problem's type. */
  static String problem(HttpResponse<String> response) {
    return json(response).path("type").asString("").replace("urn:rockpool:problem:", "");
  }

  @Override
  public void close() {
    client.close();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
