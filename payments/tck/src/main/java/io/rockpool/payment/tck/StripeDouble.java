package io.rockpool.payment.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands for Stripe's API on loopback: checkout sessions and subscriptions, as its reference
 * documents them. It is stricter than Stripe where that finds mistakes: each POST must carry an
 * idempotency key, and every request the version of the API that the double speaks.
 */
public final class StripeDouble implements Payers, AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Why there is an invoice for any period but the first. */
  private static final String CYCLE = "subscription_cycle";

  private static final HexFormat HEX = HexFormat.of();

  /** The version of the API that it speaks: that of the library which is used. */
  public static final String API_VERSION = "2026-07-29.dahlia";

  /**
   * What a double asks for.
   *
   * @param webhookSecret by which it signs
   */
  public record Credentials(String key, String webhookSecret) {}

  private record Kept(Map<String, String> parameters, int status, String body) {}

  private record Reply(int status, ObjectNode body) {}

  private final HttpServer server;
  private final Credentials credentials;
  private final InstantSource clock;
  private final Map<String, ObjectNode> sessions = new HashMap<>();
  private final Map<String, ObjectNode> subscriptions = new HashMap<>();
  private final Map<String, ObjectNode> invoices = new HashMap<>();
  private final Map<String, Kept> kept = new HashMap<>();
  private final List<String> requests = new ArrayList<>();
  private int made;
  private boolean down;

  /** Starts one on a free port. */
  public StripeDouble(Credentials credentials, InstantSource clock) {
    this.credentials = credentials;
    this.clock = clock;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  /** The root of its API. */
  public URI root() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Method and path of what was asked so far. */
  public synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  /** What was sent under a name so far, in no order. */
  public synchronized List<String> parameters(String name) {
    return kept.values().stream()
        .map(Kept::parameters)
        .filter(it -> it.containsKey(name))
        .map(it -> it.getOrDefault(name, ""))
        .toList();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      var reply = answer(exchange, body);
      var bytes = reply.body().toString().getBytes(UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.getResponseHeaders().add("Request-Id", "req_" + made);
      exchange.getResponseHeaders().add("Stripe-Should-Retry", "false");
      exchange.sendResponseHeaders(reply.status(), bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private synchronized Reply answer(HttpExchange exchange, String body) {
    var method = exchange.getRequestMethod();
    var path = exchange.getRequestURI().getRawPath();
    requests.add(method + " " + path);
    var headers = exchange.getRequestHeaders();
    if (down) {
      return error(503, "api_error", "service_unavailable", "Down.");
    }
    if (!("Bearer " + credentials.key()).equals(headers.getFirst("Authorization"))) {
      return error(401, "invalid_request_error", "api_key_invalid", "Invalid API Key provided.");
    }
    if (!API_VERSION.equals(headers.getFirst("Stripe-Version"))) {
      return error(400, "invalid_request_error", "version", "Invalid Stripe API version.");
    }
    var parameters = new TreeMap<String, String>();
    read(body, parameters);
    read(Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse(""), parameters);
    if (!method.equals("POST")) {
      return done(method, path, parameters);
    }
    var key = headers.getFirst("Idempotency-Key");
    if (key == null || key.length() > 255) {
      return error(400, "invalid_request_error", "idempotency", "Send an Idempotency-Key.");
    }
    parameters.put("(path)", path);
    var before = kept.get(key);
    if (before != null) {
      return before.parameters().equals(parameters)
          ? new Reply(before.status(), (ObjectNode) JSON.readTree(before.body()))
          : error(
              400,
              "idempotency_error",
              "idempotency_key_in_use",
              "Keys for idempotent requests can only be used with the same parameters.");
    }
    var reply = done(method, path, parameters);
    kept.put(key, new Kept(parameters, reply.status(), reply.body().toString()));
    return reply;
  }

  private static void read(String form, Map<String, String> into) {
    for (var pair : form.split("&", -1)) {
      var parts = pair.split("=", 2);
      if (parts.length == 2) {
        into.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
      }
    }
  }

  private Reply done(String method, String path, Map<String, String> parameters) {
    var parts = path.substring(1).split("/", -1);
    var session = path.startsWith("/v1/checkout/sessions") ? parts.length - 3 : -1;
    if (session == 0 && method.equals("POST")) {
      return session(parameters);
    }
    if (session > 0) {
      var found = sessions.get(parts[3]);
      if (found == null) {
        return missing("checkout.session", parts[3]);
      }
      if (session == 2 && parts[4].equals("expire") && method.equals("POST")) {
        if (!found.path("status").asString().equals("open")) {
          return error(400, "invalid_request_error", "status", "Only open sessions expire.");
        }
        found.put("status", "expired").putNull("url");
      }
      return new Reply(200, found);
    }
    if (path.startsWith("/v1/subscriptions/") && parts.length == 3) {
      var found = subscriptions.get(parts[2]);
      return found == null
          ? missing("subscription", parts[2])
          : subscription(method, found, parameters);
    }
    return error(404, "invalid_request_error", "unknown_path", "Unrecognized request URL.");
  }

  private Reply session(Map<String, String> parameters) {
    for (var name :
        List.of("mode", "line_items[0][price]", "line_items[0][quantity]", "success_url")) {
      if (!parameters.containsKey(name)) {
        return error(400, "invalid_request_error", "parameter_missing", "Missing: " + name);
      }
    }
    if (!parameters.getOrDefault("line_items[0][price]", "").startsWith("price_")) {
      return error(400, "invalid_request_error", "resource_missing", "No such price.");
    }
    var id = "cs_test_" + ++made;
    var session =
        JSON.createObjectNode()
            .put("id", id)
            .put("object", "checkout.session")
            .put("mode", parameters.get("mode"))
            .put("status", "open")
            .put("url", "https://checkout.invalid/" + id)
            .put("client_reference_id", parameters.get("client_reference_id"))
            .put("customer", parameters.get("customer"))
            .putNull("subscription");
    session
        .putObject("(order)")
        .put("rockpool_order", parameters.get("subscription_data[metadata][rockpool_order]"));
    sessions.put(id, session);
    return new Reply(200, session);
  }

  private Reply subscription(String method, ObjectNode found, Map<String, String> parameters) {
    var ended = found.path("status").asString().equals("canceled");
    switch (method) {
      case "POST" -> {
        if (ended) {
          return error(400, "invalid_request_error", "status", "A canceled subscription stays.");
        }
        found.put("cancel_at_period_end", "true".equals(parameters.get("cancel_at_period_end")));
      }
      case "DELETE" -> {
        if (ended) {
          return missing("subscription", found.path("id").asString());
        }
        found.put("status", "canceled").put("ended_at", clock.instant().getEpochSecond());
      }
      default -> {}
    }
    var shown = found.deepCopy();
    if (parameters.containsValue("latest_invoice")) {
      shown.set(
          "latest_invoice", known(invoices, found.path("latest_invoice").asString()).deepCopy());
    }
    return new Reply(200, shown);
  }

  private static Reply missing(String what, String id) {
    return error(
        404, "invalid_request_error", "resource_missing", "No such %s: '%s'".formatted(what, id));
  }

  private static Reply error(int status, String type, String code, String message) {
    var body = JSON.createObjectNode();
    body.putObject("error").put("type", type).put("code", code).put("message", message);
    return new Reply(status, body);
  }

  @Override
  public synchronized void pays(String reference, Instant until) {
    begins(reference, "active", until);
  }

  @Override
  public synchronized void stalls(String reference) {
    begins(reference, "incomplete", clock.instant().plusSeconds(30 * 86_400L));
  }

  private void begins(String reference, String status, Instant until) {
    var session = known(sessions, reference);
    var id = "sub_" + ++made;
    var customer = session.path("customer").asString("");
    customer = customer.isEmpty() ? "cus_" + made : customer;
    session.put("status", "complete").putNull("url").put("subscription", id);
    session.put("customer", customer);
    var subscription =
        JSON.createObjectNode()
            .put("id", id)
            .put("object", "subscription")
            .put("status", status)
            .put("customer", customer)
            .put("cancel_at_period_end", false)
            .putNull("ended_at");
    subscription.set("metadata", session.path("(order)"));
    subscriptions.put(id, subscription);
    period(subscription, clock.instant(), until);
    invoice(
        subscription, "subscription_create", status.equals("active") ? "paid" : "open", 1, null);
  }

  @Override
  public synchronized void fails(String reference, int failures, @Nullable Instant nextAttempt) {
    var subscription = known(subscriptions, reference);
    if (!subscription.path("status").asString().equals("past_due")) {
      var end = end(subscription);
      period(subscription, end, end.plusSeconds(30 * 86_400L));
    }
    subscription.put("status", "past_due");
    invoice(subscription, CYCLE, "open", failures, nextAttempt);
  }

  @Override
  public synchronized void givesUp(String reference) {
    known(subscriptions, reference).put("status", "unpaid");
  }

  @Override
  public synchronized void renews(String reference, Instant until) {
    var subscription = known(subscriptions, reference).put("status", "active");
    period(subscription, clock.instant(), until);
    invoice(subscription, CYCLE, "paid", 1, null);
  }

  @Override
  public synchronized void ends(String reference, Instant now) {
    known(subscriptions, reference).put("status", "canceled").put("ended_at", now.getEpochSecond());
  }

  @Override
  public synchronized void down(boolean isDown) {
    down = isDown;
  }

  @Override
  public synchronized Sent notice(String id, String reference) {
    var subscription = subscriptions.get(reference);
    return subscription == null
        ? sent(id, "checkout.session.completed", known(sessions, reference))
        : sent(id, "customer.subscription.updated", subscription);
  }

  /** An event of any type about any object. */
  public Sent sent(String id, String type, ObjectNode object) {
    var event =
        JSON.createObjectNode()
            .put("id", id)
            .put("object", "event")
            .put("api_version", API_VERSION)
            .put("created", clock.instant().getEpochSecond())
            .put("type", type);
    event.putObject("data").set("object", object.deepCopy());
    var body = event.toString();
    var signature = signature(credentials.webhookSecret(), clock.instant(), body);
    return new Sent(
        name ->
            name.equalsIgnoreCase("Stripe-Signature") ? Optional.of(signature) : Optional.empty(),
        body);
  }

  /** The header by which Stripe signs a body. */
  public static String signature(String secret, Instant time, String body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      var signed = mac.doFinal((time.getEpochSecond() + "." + body).getBytes(UTF_8));
      return "t=%d,v1=%s".formatted(time.getEpochSecond(), HEX.formatHex(signed));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  private static ObjectNode known(Map<String, ObjectNode> all, String id) {
    return Optional.ofNullable(all.get(id))
        .orElseThrow(() -> new IllegalArgumentException("there is no " + id));
  }

  private static void period(ObjectNode subscription, Instant start, Instant end) {
    var item =
        JSON.createObjectNode()
            .put("id", "si_1")
            .put("object", "subscription_item")
            .put("current_period_start", start.getEpochSecond())
            .put("current_period_end", end.getEpochSecond());
    subscription.putObject("items").put("object", "list").putArray("data").add(item);
  }

  private static Instant end(ObjectNode subscription) {
    return Instant.ofEpochSecond(subscription.at("/items/data/0/current_period_end").asLong());
  }

  private void invoice(
      ObjectNode subscription,
      String reason,
      String status,
      int attempts,
      @Nullable Instant nextAttempt) {
    var id = "in_" + ++made;
    var invoice =
        JSON.createObjectNode()
            .put("id", id)
            .put("object", "invoice")
            .put("billing_reason", reason)
            .put("status", status)
            .put("attempt_count", attempts)
            .put(
                "next_payment_attempt",
                nextAttempt == null ? null : (Long) nextAttempt.getEpochSecond());
    invoices.put(id, invoice);
    subscription.put("latest_invoice", id);
  }
}
