package io.rockpool.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stands in for Telegram's Bot API, with every bot there could be: it remembers their webhooks. The
 * tests' double is stricter and has one bot; here only the addresses are wanted.
 */
final class BotApi implements AutoCloseable {
  /**
   * Where a bot's updates go.
   *
   * @param path with the connection's key
   * @param secret that Telegram shows with each
   */
  record Webhook(String path, String secret) {}

  private final Map<String, JsonNode> webhooks = new ConcurrentHashMap<>();
  private final HttpServer server;

  BotApi() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  URI root() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** A token as BotFather would give it. */
  static String token(int bot) {
    return "%d:%035d".formatted(1_000_000 + bot, bot);
  }

  Optional<Webhook> webhook(int bot) {
    return Optional.ofNullable(webhooks.get(token(bot)))
        .map(it ->
            new Webhook(
                URI.create(it.path("url").stringValue()).getPath(),
                it.path("secret_token").stringValue()));
  }

  /** {@code /bot<token>/<method>} */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var json = JsonMapper.shared();
      var parts = exchange.getRequestURI().getPath().split("/", -1);
      var token = parts[1].substring("bot".length());
      var number = token.substring(0, token.indexOf(':'));
      var body = exchange.getRequestBody().readAllBytes();
      var answer = json.createObjectNode().put("ok", true);
      switch (parts[2]) {
        case "getMe" ->
            answer
                .putObject("result")
                .put("id", Long.parseLong(number))
                .put("is_bot", true)
                .put("first_name", "Bench")
                .put("username", "bench%s_bot".formatted(number));
        case "setWebhook" -> {
          webhooks.put(token, json.readTree(body));
          answer.put("result", true);
        }
        case "getWebhookInfo" -> {
          var webhook = webhooks.get(token);
          answer
              .putObject("result")
              .put("url", webhook == null ? "" : webhook.path("url").asString(""))
              .put("pending_update_count", 0);
        }
        case "deleteWebhook" -> {
          webhooks.remove(token);
          answer.put("result", true);
        }
        default -> answer.put("result", true);
      }
      var bytes = json.writeValueAsString(answer).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
