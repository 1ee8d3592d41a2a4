package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands for LINE on loopback, with one channel of the Messaging API: as developers.line.biz
 * documents it. It has a limit for each chat, where LINE has one for all that is so high that no
 * test would meet it. What its bot says is not sent to its own webhook.
 */
public final class LineDouble implements People {
  private static final String SELF = "U" + "0b07".repeat(8);
  private static final int LONGEST_TEXT = 5_000;
  private static final int MOST_MESSAGES = 5;
  private static final int LONGEST_ADDRESS = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * What the channel has.
   *
   * @param token the channel access token
   * @param secret the channel secret
   * @param anywhere whether webhooks may be at addresses that are not https
   * @param port 0 for any that is free
   * @param tls with a certificate, for who reaches it by https only
   */
  public record Setting(
      Secret token, Secret secret, boolean anywhere, int port, Optional<SSLContext> tls) {
    public Setting(Secret token, Secret secret, boolean anywhere) {
      this(token, secret, anywhere, 0, Optional.empty());
    }
  }

  private static final class Chat {
    final Pace pace = new Pace();
    final List<String> said = new ArrayList<>();
    boolean closed;
  }

  private final Setting setting;
  private final InstantSource clock;
  private final Loopback loopback;
  private final Map<String, Chat> chats = new TreeMap<>();
  private final Map<String, String> replyTokens = new HashMap<>();
  private final Set<String> retryKeys = new HashSet<>();
  private final List<String> calls = new ArrayList<>();
  private @Nullable URI endpoint;
  private boolean active = true;
  private boolean down;
  private long made;

  public LineDouble(Setting setting, InstantSource clock) {
    this.setting = setting;
    this.clock = clock;
    loopback = new Loopback(setting.port(), setting.tls(), this::answer);
  }

  @Override
  public URI root() {
    return loopback.root();
  }

  @Override
  public Secret token() {
    return setting.token();
  }

  @Override
  public void close() {
    loopback.close();
  }

  // What people do

  /** The switch "Use webhook" of the console. */
  public synchronized void useWebhook(boolean on) {
    active = on;
  }

  /** Where messages are sent; empty while nowhere. */
  public synchronized Optional<URI> webhook() {
    return Optional.ofNullable(endpoint);
  }

  /** The console's button "Verify": sends no events. Whether that was answered with 200. */
  public boolean verify() {
    return deliver(sends(body(StrictJson.write().arrayNode())));
  }

  /**
   * Sends a request to where messages go. Whether it was answered with 200 within two seconds; what
   * was not, LINE sends again where the channel's owner has switched that on.
   */
  public boolean deliver(Webhook request) {
    return webhook()
        .flatMap(it -> loopback.post(it, request, PATIENCE))
        .map(HttpResponse::statusCode)
        .filter(it -> it == 200)
        .isPresent();
  }

  @Override
  public synchronized void closes(String chat) {
    known(chat).closed = true;
  }

  @Override
  public synchronized void down(boolean down) {
    this.down = down;
  }

  // What people see

  @Override
  public synchronized List<String> read(String chat) {
    return List.copyOf(known(chat).said);
  }

  /** The paths that were called so far. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  // As a test of a channel uses it

  @Override
  public Keys keys() {
    return new Keys(setting.secret(), SELF);
  }

  @Override
  public synchronized String chat(int number) {
    var chat = "U%032x".formatted(number);
    known(chat);
    return chat;
  }

  @Override
  public Webhook writes(int notice, String chat, String text) {
    return writes(List.of(event(notice, chat, text)));
  }

  /** All of these in one request. */
  public Webhook writes(List<ObjectNode> events) {
    var list = StrictJson.write().arrayNode();
    events.forEach(list::add);
    return sends(body(list));
  }

  /** LINE tells no bot of another, except one that stands by while the other speaks. */
  @Override
  public Webhook botWrites(int notice, String chat, String text) {
    return writes(List.of(event(notice, chat, text).put("mode", "standby")));
  }

  /** Somebody wrote. */
  public synchronized ObjectNode event(int notice, String chat, String text) {
    var token = "reply-%s-%d".formatted(chat, notice);
    replyTokens.putIfAbsent(token, chat);
    var event =
        StrictJson.write()
            .put("type", "message")
            .put("mode", "active")
            .put("timestamp", clock.millis())
            .put("webhookEventId", "01EVENT%019d".formatted(notice))
            .put("replyToken", token);
    event.putObject("deliveryContext").put("isRedelivery", false);
    event.putObject("source").put("type", "user").put("userId", chat);
    event
        .putObject("message")
        .put("id", Integer.toString(500_000 + notice))
        .put("type", "text")
        .put("quoteToken", "quote-" + notice)
        .put("text", text);
    return event;
  }

  private static byte[] body(ArrayNode events) {
    var body = StrictJson.write().put("destination", SELF);
    body.set("events", events);
    return body.toString().getBytes(UTF_8);
  }

  @Override
  public Webhook sends(byte[] body) {
    return signed(setting.secret(), body);
  }

  @Override
  public Webhook forged(Webhook request) {
    return signed(Secret.of("some-other-secret"), request.body());
  }

  private static Webhook signed(Secret secret, byte[] body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.reveal().getBytes(UTF_8), "HmacSHA256"));
      return new Webhook(
          "POST",
          Map.of(
              "Content-Type",
              List.of("application/json; charset=utf-8"),
              "x-line-signature",
              List.of(Base64.getEncoder().encodeToString(mac.doFinal(body)))),
          "",
          body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  private Chat known(String chat) {
    return chats.computeIfAbsent(chat, _ -> new Chat());
  }

  // The API

  private synchronized Reply answer(String path, Webhook request) {
    if (down) {
      return Reply.empty(500);
    }
    calls.add(path);
    var authorization = request.only("authorization").orElse("");
    // As a secret: what a test failure prints shows no token.
    if (!Secret.of(authorization).equals(Secret.of("Bearer " + setting.token().reveal()))) {
      return error(
          401,
          "Authentication failed. Confirm that the access token in the authorization header is valid.");
    }
    return switch (request.method() + " " + path) {
      case "GET /v2/bot/info" ->
          Reply.json(
              StrictJson.write()
                  .put("userId", SELF)
                  .put("basicId", "@216ruzzz")
                  .put("displayName", "rockpool")
                  .put("chatMode", "bot")
                  .put("markAsReadMode", "auto")
                  .toString());
      case "GET /v2/bot/channel/webhook/endpoint" ->
          endpoint == null
              ? error(404, "Not found")
              : Reply.json(
                  StrictJson.write()
                      .put("endpoint", endpoint.toString())
                      .put("active", active)
                      .toString());
      case "PUT /v2/bot/channel/webhook/endpoint" -> register(parameters(request));
      case "POST /v2/bot/message/push" -> push(request);
      case "POST /v2/bot/message/reply" -> reply(parameters(request));
      case "POST /v2/bot/chat/loading/start" -> new Reply(202, Map.of(), "{}");
      default -> {
        var profile = "/v2/bot/profile/";
        yield request.method().equals("GET") && path.startsWith(profile)
            ? Reply.json(
                StrictJson.write()
                    .put("displayName", "Ada")
                    .put("userId", path.substring(profile.length()))
                    .toString())
            : error(404, "Not found");
      }
    };
  }

  private static ObjectNode parameters(Webhook request) {
    return StrictJson.object(request.body()).orElseGet(StrictJson::write);
  }

  private Reply register(ObjectNode parameters) {
    var address = StrictJson.text(parameters, "endpoint");
    if (address.length() > LONGEST_ADDRESS
        || !(address.startsWith("https://")
            || (setting.anywhere() && address.startsWith("http://")))) {
      return error(400, "Invalid webhook endpoint URL");
    }
    endpoint = URI.create(address);
    return Reply.json("{}");
  }

  private Reply push(Webhook request) {
    var parameters = parameters(request);
    var key = request.only("x-line-retry-key").orElse("");
    if (!key.isEmpty() && retryKeys.contains(key)) {
      return error(409, "The retry key is already accepted");
    }
    var to = StrictJson.text(parameters, "to");
    if (!to.matches("[UCR][0-9a-f]{32}")) {
      return error(400, "The property, 'to', in the request body is invalid (line: -, column: -)");
    }
    var chat = chats.get(to);
    if (chat == null || chat.closed) {
      return error(400, "Failed to send messages");
    }
    var answer = say(chat, parameters);
    if (answer.status() == 200 && !key.isEmpty()) {
      retryKeys.add(key);
    }
    return answer;
  }

  private Reply reply(ObjectNode parameters) {
    var chat = replyTokens.remove(StrictJson.text(parameters, "replyToken"));
    return chat == null ? error(400, "Invalid reply token") : say(known(chat), parameters);
  }

  private Reply say(Chat chat, ObjectNode parameters) {
    var messages = parameters.path("messages");
    if (messages.isEmpty() || messages.size() > MOST_MESSAGES) {
      return error(400, "The request body has 1 error(s)");
    }
    for (JsonNode message : messages) {
      var text = StrictJson.text(message, "text");
      if (!StrictJson.text(message, "type").equals("text")
          || text.isBlank()
          || text.length() > LONGEST_TEXT) {
        return error(400, "The request body has 1 error(s)");
      }
    }
    if (chat.pace.take(clock.instant()) > 0) {
      return error(429, "The API rate limit has been exceeded. Try again later.");
    }
    var answer = StrictJson.write();
    var sent = answer.putArray("sentMessages");
    for (JsonNode message : messages) {
      chat.said.add(StrictJson.text(message, "text"));
      sent.addObject().put("id", Long.toString(++made)).put("quoteToken", "q" + made);
    }
    return Reply.json(answer.toString());
  }

  private static Reply error(int status, String message) {
    return new Reply(
        status,
        Map.of("Content-Type", "application/json"),
        StrictJson.write().put("message", message).toString());
  }
}
