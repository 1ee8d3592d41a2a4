package io.rockpool.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A Rockpool that says what the test told it to say, and remembers what it was asked. */
final class ApiDouble implements AutoCloseable {
  /**
   * One request as it came.
   *
   * @param target path and query
   */
  record Asked(String method, String target, Map<String, String> headers, String body) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }
  }

  private record Reply(int status, String type, String body) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Queue<Reply>> script = new ConcurrentHashMap<>();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  ApiDouble() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** One that nobody can ask, for a test that has not begun. */
  static ApiDouble closed() {
    try {
      var api = new ApiDouble();
      api.close();
      return api;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  List<Asked> asked() {
    return asked;
  }

  Asked asked(String method, String target) {
    return asked.stream()
        .filter(it -> it.method().equals(method) && it.target().equals(target))
        .findFirst()
        .orElseThrow(() -> new AssertionError("nobody asked %s %s".formatted(method, target)));
  }

  /** Answers in the order given; the last one again and again. */
  ApiDouble json(String method, String path, int status, String body) {
    return reply(method, path, new Reply(status, "application/json", body));
  }

  ApiDouble problem(String method, String path, int status, String body) {
    return reply(method, path, new Reply(status, "application/problem+json", body));
  }

  ApiDouble html(String method, String path, int status, String body) {
    return reply(method, path, new Reply(status, "text/html", body));
  }

  /** The stream ends after the events. */
  ApiDouble stream(String method, String path, String... events) {
    return reply(
        method, path, new Reply(200, "text/event-stream", String.join("\n\n", events) + "\n\n"));
  }

  /** Takes the request and closes the connection. */
  ApiDouble hangUp(String method, String path) {
    return reply(method, path, new Reply(0, "", ""));
  }

  private ApiDouble reply(String method, String path, Reply reply) {
    script.computeIfAbsent(method + " " + path, _ -> new ConcurrentLinkedQueue<>()).add(reply);
    return this;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var headers = new ConcurrentHashMap<String, String>();
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
      var uri = exchange.getRequestURI();
      asked.add(
          new Asked(
              exchange.getRequestMethod(),
              uri.toString(),
              headers,
              new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
      var reply = next(exchange.getRequestMethod() + " " + uri.getPath());
      if (reply.status() == 0) {
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", reply.type());
      var bytes = reply.body().getBytes(UTF_8);
      exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
      if (bytes.length > 0) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  private Reply next(String call) {
    var replies = script.get(call);
    if (replies == null) {
      return new Reply(
          404, "application/problem+json", "{\"title\":\"No such route\",\"status\":404}");
    }
    var reply = replies.size() > 1 ? replies.poll() : replies.peek();
    if (reply == null) {
      throw new IllegalStateException("an empty script for " + call);
    }
    return reply;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
