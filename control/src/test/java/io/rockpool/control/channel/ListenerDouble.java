package io.rockpool.control.channel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Where an instance's Telegram channel listens, at an address of this test's own. */
final class ListenerDouble implements AutoCloseable {
  /** What it heard; names of headers in lower case, the body's bytes as characters. */
  record Heard(String target, Map<String, List<String>> headers, String body) {}

  /** How it answers. */
  interface Manner {
    void answer(HttpExchange exchange) throws IOException;
  }

  static final Manner DURABLE =
      exchange -> {
        exchange.getResponseHeaders().add("x-openclaw-delivery-accepted", "durable");
        exchange.sendResponseHeaders(200, -1);
      };

  static Manner status(int status) {
    return exchange -> exchange.sendResponseHeaders(status, -1);
  }

  final Queue<Heard> heard = new ConcurrentLinkedQueue<>();
  final String host;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Manner> manners = new ConcurrentLinkedQueue<>();
  private @Nullable HttpServer server;

  ListenerDouble() {
    var random = ThreadLocalRandom.current();
    host = "127.78.%d.%d".formatted(random.nextInt(256), 1 + random.nextInt(254));
  }

  /** Answers once like this; afterwards as the real one. */
  ListenerDouble once(Manner manner) {
    manners.add(manner);
    return this;
  }

  ListenerDouble open() {
    try {
      var opened = HttpServer.create(new InetSocketAddress(host, Telegram.PORT), 0);
      opened.setExecutor(threads);
      opened.createContext("/", this::serve);
      opened.start();
      server = opened;
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      var headers = new TreeMap<String, List<String>>();
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
      heard.add(
          new Heard(
              exchange.getRequestMethod() + " " + exchange.getRequestURI(),
              headers,
              new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1)));
      var manner = manners.poll();
      (manner == null ? DURABLE : manner).answer(exchange);
    }
  }

  @Override
  public void close() {
    if (server != null) {
      server.stop(0);
    }
    threads.shutdownNow();
  }
}
