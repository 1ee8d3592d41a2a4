package io.rockpool.server.e2e;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;

/** Stands in for a provider of models: answers by a script, and keeps what it was asked. */
final class ProviderDouble implements AutoCloseable {
  /** What it answers. It may block: each question has a thread of its own. */
  interface Script {
    void answer(Asked asked, Answer answer) throws IOException;
  }

  /** A question. */
  record Asked(URI target, Headers headers, String body) {
    JsonNode json() {
      return Api.JSON.readTree(body);
    }

    /** The header's first value; empty where there is none. */
    String header(String name) {
      var value = headers.getFirst(name);
      return value == null ? "" : value;
    }
  }

  /** How a script speaks. */
  record Answer(HttpExchange exchange) {
    void json(int status, String body) throws IOException {
      json(status, body.getBytes(StandardCharsets.UTF_8));
    }

    void json(int status, byte[] body) throws IOException {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }

    /** Begins a stream of events. */
    void stream() throws IOException {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
      exchange.sendResponseHeaders(200, 0);
    }

    /** Sends a part of the stream at once. */
    void part(byte[] bytes, int from, int length) throws IOException {
      exchange.getResponseBody().write(bytes, from, length);
      exchange.getResponseBody().flush();
    }

    void part(String text) throws IOException {
      var bytes = text.getBytes(StandardCharsets.UTF_8);
      part(bytes, 0, bytes.length);
    }
  }

  final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  ProviderDouble(Script script) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_024);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var seen = new Asked(exchange.getRequestURI(), exchange.getRequestHeaders(), body);
            asked.add(seen);
            script.answer(seen, new Answer(exchange));
          }
        });
    server.start();
  }

  /** Where it is, without a path. */
  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
