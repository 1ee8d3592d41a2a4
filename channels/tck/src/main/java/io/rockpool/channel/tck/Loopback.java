package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiFunction;
import javax.net.ssl.SSLContext;

/** A platform's two ends: a server on loopback, and what calls webhooks. */
final class Loopback implements AutoCloseable {
  private final HttpServer server;
  private final String scheme;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(3))
          .build();

  /**
   * @param port 0 for any that is free
   * @param answer of a path and a request
   */
  Loopback(int port, BiFunction<String, Webhook, Reply> answer) {
    this(port, Optional.empty(), answer);
  }

  /**
   * @param tls with a certificate: then it is reached by https
   */
  Loopback(int port, Optional<SSLContext> tls, BiFunction<String, Webhook, Reply> answer) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    scheme = tls.isPresent() ? "https" : "http";
    try {
      if (tls.isPresent()) {
        var secured = HttpsServer.create(address, 0);
        secured.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
        server = secured;
      } else {
        server = HttpServer.create(address, 0);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", exchange -> serve(exchange, answer));
    server.start();
  }

  private static void serve(HttpExchange exchange, BiFunction<String, Webhook, Reply> answer)
      throws IOException {
    try (exchange) {
      var uri = exchange.getRequestURI();
      var reply =
          answer.apply(
              uri.getPath(),
              new Webhook(
                  exchange.getRequestMethod(),
                  exchange.getRequestHeaders(),
                  Optional.ofNullable(uri.getRawQuery()).orElse(""),
                  exchange.getRequestBody().readAllBytes()));
      var body = reply.body().getBytes(UTF_8);
      reply.headers().forEach(exchange.getResponseHeaders()::add);
      exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  URI root() {
    return URI.create("%s://127.0.0.1:%d".formatted(scheme, server.getAddress().getPort()));
  }

  ExecutorService threads() {
    return threads;
  }

  /** Calls a webhook; empty if nobody answered in time. */
  Optional<HttpResponse<String>> post(URI to, Webhook request, Duration patience) {
    var post =
        HttpRequest.newBuilder(to)
            .timeout(patience)
            .POST(HttpRequest.BodyPublishers.ofByteArray(request.body()));
    request.headers().forEach((name, values) -> values.forEach(it -> post.header(name, it)));
    try {
      return Optional.of(http.send(post.build(), BodyHandlers.ofString(UTF_8)));
    } catch (IOException nobody) {
      return Optional.empty();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** The fields of a form or a query. */
  static Map<String, String> form(String text) {
    var fields = new HashMap<String, String>();
    for (var pair : text.split("&", -1)) {
      var parts = pair.split("=", 2);
      if (parts.length == 2) {
        fields.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
      }
    }
    return fields;
  }

  @Override
  public void close() {
    server.stop(0);
    http.shutdownNow();
    threads.shutdownNow();
  }
}
