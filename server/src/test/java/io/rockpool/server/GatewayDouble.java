package io.rockpool.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.rockpool.server.http.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Stands in for the gateways of all instances: it is ready for whoever comes through the edge, and
 * answers what is said to it piece by piece. What was said last decides: {@code fail} is refused.
 */
final class GatewayDouble implements AutoCloseable {
  /** One request as a gateway sees it. */
  record Seen(String target, String authorization, String session, List<String> edgeHeaders) {}

  static {
    // Beyond 200 idle connections the JDK's server closes some, perhaps as they are used again; a
    // gateway has no such bound.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "2000");
  }

  /** What it shows to be scanned. */
  static final String CODE = "data:image/png;base64,iVBORw0KGgo=";

  final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean ready = true;
  private volatile boolean busy;
  private volatile boolean suspended;

  /** Its account of WhatsApp, as the plugin's source has it (2026.9.6, {@code login-qr}). */
  private String linkedTo = "";

  private boolean hasCode;
  private String refusal = "";

  GatewayDouble() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_024);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Whether {@code /readyz} says so. */
  void ready(boolean now) {
    ready = now;
  }

  /** Whether it has something to do, and refuses to pause. */
  void busy(boolean now) {
    busy = now;
  }

  /** It is a new process, which knows of no pause. */
  void restarted() {
    suspended = false;
  }

  /** A person scans the code, once there is one. */
  synchronized void scan(String number) {
    if (!hasCode) {
      throw new AssertionError("there is no code to scan");
    }
    linkedTo = number;
    notifyAll();
  }

  /** What it says in place of a code; empty for nothing. */
  synchronized void refusesCodes(String message) {
    refusal = message;
  }

  /** Whether it holds what it is let in by at WhatsApp. */
  synchronized boolean isLinked() {
    return !linkedTo.isEmpty();
  }

  private synchronized String startLogin() {
    if (!refusal.isEmpty()) {
      return "{\"message\":\"%s\"}".formatted(refusal);
    }
    hasCode = true;
    return "{\"qrDataUrl\":\"%s\",\"message\":\"Scan this QR in WhatsApp → Linked Devices.\"}"
        .formatted(CODE);
  }

  private synchronized String awaitLogin(long millis) {
    var end = System.nanoTime() + millis * 1_000_000;
    try {
      while (linkedTo.isEmpty()) {
        var left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return "{\"connected\":false,\"message\":\"Still waiting for the QR scan. Let me know when you’ve scanned it.\"}";
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return "{\"connected\":true,\"message\":\"✅ Linked! WhatsApp is ready.\"}";
  }

  private synchronized String accounts() {
    var self = linkedTo.isEmpty() ? "null" : "\"%s\"".formatted(linkedTo);
    return """
    {"channels":{"whatsapp":{"configured":true,"linked":%1$s,"self":{"e164":%2$s,"jid":null},"running":%1$s,"connected":%1$s,
     "lastDisconnect":null,"lastError":null}}}
    """
        .formatted(!linkedTo.isEmpty(), self);
  }

  private synchronized String logOut() {
    var cleared = !linkedTo.isEmpty();
    linkedTo = "";
    hasCode = false;
    return "{\"channel\":\"whatsapp\",\"cleared\":%1$s,\"loggedOut\":%1$s}".formatted(cleared);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var target = exchange.getRequestURI().toString();
      var edgeHeaders =
          exchange.getRequestHeaders().keySet().stream()
              .map(it -> it.toLowerCase(Locale.ROOT))
              .filter(it -> it.startsWith("x-rockpool-"))
              .sorted()
              .toList();
      var seenNow =
          new Seen(
              target,
              header(exchange, "Authorization"),
              header(exchange, "x-openclaw-session-key"),
              edgeHeaders);
      seen.add(seenNow);
      if (target.equals("/api/v1/admin/rpc")) {
        control(exchange);
      } else if (suspended && target.endsWith("/v1/chat/completions")) {
        send(exchange, 503, "{\"error\":{\"code\":\"gateway_unavailable\"}}");
      } else if (target.endsWith("/v1/chat/completions")) {
        complete(exchange, seenNow);
      } else if (!isEdge(exchange, edgeHeaders)) {
        send(exchange, 401, "{\"error\":\"unauthorized\"}");
      } else if (target.endsWith("/readyz")) {
        boolean answers = ready && !suspended;
        send(exchange, answers ? 200 : 503, "{\"ready\":%s}".formatted(answers));
      } else {
        send(exchange, 200, "{\"target\":\"%s\"}".formatted(target));
      }
    }
  }

  /** The calls about sleep and about WhatsApp, as the real one answers them. */
  private void control(HttpExchange exchange) throws IOException {
    var call = Json.MAPPER.readTree(exchange.getRequestBody().readAllBytes());
    var id = call.path("id").asString("");
    switch (call.path("method").asString("")) {
      case "cron.status" ->
          answer(exchange, id, "{\"enabled\":true,\"jobs\":0,\"nextWakeAtMs\":null}");
      case "gateway.suspend.prepare" -> {
        if (busy) {
          answer(
              exchange,
              id,
              """
              {"status":"busy","reason":"active-work","retryAfterMs":20000,"activeCount":1,
               "blockers":[{"kind":"embedded-run","count":1,"message":"1 active embedded run(s)"}]}
              """);
        } else {
          suspended = true;
          answer(
              exchange,
              id,
              """
              {"status":"ready","suspensionId":"s1","expiresAtMs":%d,"activeCount":0,"blockers":[],"writeCustody":[]}
              """
                  .formatted(System.currentTimeMillis() + 120_000));
        }
      }
      case "web.login.start" -> answer(exchange, id, startLogin());
      case "web.login.wait" ->
          answer(exchange, id, awaitLogin(call.at("/params/timeoutMs").asLong(0)));
      case "channels.status" -> answer(exchange, id, accounts());
      case "channels.logout" -> answer(exchange, id, logOut());
      case "gateway.suspend.resume" -> {
        boolean resumed = suspended;
        suspended = false;
        answer(
            exchange, id, "{\"ok\":true,\"status\":\"running\",\"resumed\":%s}".formatted(resumed));
      }
      default ->
          send(
              exchange,
              400,
              "{\"id\":\"%s\",\"ok\":false,\"error\":{\"code\":\"INVALID_REQUEST\"}}"
                  .formatted(id));
    }
  }

  private static void answer(HttpExchange exchange, String id, String payload) throws IOException {
    send(exchange, 200, "{\"id\":\"%s\",\"ok\":true,\"payload\":%s}".formatted(id, payload));
  }

  private static boolean isEdge(HttpExchange exchange, List<String> edgeHeaders) {
    return header(exchange, "x-rockpool-edge").equals("1")
        && edgeHeaders.stream()
            .anyMatch(it ->
                it.matches("x-rockpool-user-[a-z0-9]{64}") && header(exchange, it).equals("owner"));
  }

  private static void complete(HttpExchange exchange, Seen seen) throws IOException {
    var said =
        Json.MAPPER
            .readTree(exchange.getRequestBody().readAllBytes())
            .at("/messages/0/content")
            .asString("");
    if (!seen.authorization().startsWith("Bearer ") && seen.edgeHeaders().size() != 2) {
      send(exchange, 401, "{\"error\":\"unauthorized\"}");
    } else if (said.equals("fail")) {
      send(exchange, 429, "{\"error\":{\"message\":\"no more\"}}");
    } else {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      try (var out = exchange.getResponseBody()) {
        for (var piece : List.of("You said: ", said)) {
          var chunk = Json.MAPPER.createObjectNode();
          chunk.putArray("choices").addObject().putObject("delta").put("content", piece);
          out.write("data: %s\n\n".formatted(chunk).getBytes(UTF_8));
          out.flush();
        }
        out.write(
            """
            data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}

            data: [DONE]

            """
                .getBytes(UTF_8));
      }
    }
  }

  private static String header(HttpExchange exchange, String name) {
    var value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    var bytes = body.getBytes(UTF_8);
    exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
