package io.rockpool.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rockpool.runtime.tck.StandardReceiver;
import io.rockpool.server.http.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;

/** A receiver of webhooks that is reached over HTTP, and verifies by the specification. */
public final class ReceiverDouble implements AutoCloseable {
  public final StandardReceiver receiver = new StandardReceiver(InstantSource.system());
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  public ReceiverDouble() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::receive);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:%d/hooks".formatted(server.getAddress().getPort());
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      var headers = new HashMap<String, String>();
      exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
      int status =
          receiver.receive(
              exchange.getRequestMethod(), headers, exchange.getRequestBody().readAllBytes());
      exchange.sendResponseHeaders(status, -1);
    }
  }

  /** What came, as JSON. */
  public List<JsonNode> messages() {
    return receiver.bodies().stream().map(Json.MAPPER::readTree).toList();
  }

  public List<String> types() {
    return messages().stream().map(it -> it.path("type").asString("")).toList();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
