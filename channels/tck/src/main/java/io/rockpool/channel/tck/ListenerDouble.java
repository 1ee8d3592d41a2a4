package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
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

/**
 * Where an assistant's channel listens, as OpenClaw 2026.9.6 does for Telegram: it keeps what it
 * hears, and says so by a header. At an address of the loopback network of this test's own.
 */
public final class ListenerDouble implements AutoCloseable {
  /** What it heard; names of headers in lower case, the body's bytes as characters. */
  public record Heard(String target, Map<String, List<String>> headers, String body) {
    /** The first value of a header; empty without one. */
    public String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }
  }

  /** How it answers. */
  @FunctionalInterface
  public interface Manner {
    void answer(HttpExchange exchange) throws IOException;
  }

  /** As the real one. */
  public static final Manner DURABLE =
      exchange -> {
        exchange.getResponseHeaders().add("x-openclaw-delivery-accepted", "durable");
        exchange.sendResponseHeaders(200, -1);
      };

  /** Nothing but a status. */
  public static Manner status(int status) {
    return exchange -> exchange.sendResponseHeaders(status, -1);
  }

  private final Queue<Heard> heard = new ConcurrentLinkedQueue<>();
  private final String host;
  private final int port;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Manner> manners = new ConcurrentLinkedQueue<>();
  private @Nullable HttpServer server;

  /**
   * @param port at which it listens, once it is opened
   */
  public ListenerDouble(int port) {
    this.port = port;
    var random = ThreadLocalRandom.current();
    host = "127.78.%d.%d".formatted(random.nextInt(256), 1 + random.nextInt(254));
  }

  public String host() {
    return host;
  }

  /** All it heard, oldest first. */
  public List<Heard> heard() {
    return List.copyOf(heard);
  }

  /** Answers once like this; afterwards as the real one. */
  public ListenerDouble once(Manner manner) {
    manners.add(manner);
    return this;
  }

  /** Begins to listen. */
  public ListenerDouble open() {
    try {
      var opened = HttpServer.create(new InetSocketAddress(host, port), 0);
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
