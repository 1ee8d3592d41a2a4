package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Pair;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands for Feishu on loopback, with one app that has an Encrypt Key: as open.feishu.cn documents
 * it. The address of its events is saved by a method, as a person does at its console.
 */
public final class FeishuDouble implements People {
  private static final String SELF = "ou_0b07";
  private static final String TENANT = "tenant-1";
  private static final String ACCESS = "t-double-access";
  private static final String MESSAGES = "/open-apis/im/v1/messages";
  private static final int MOST_EDITS = 20;
  private static final int LARGEST_POST = 30 << 10;
  private static final int BLOCK = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration PATIENCE_WITH_EVENTS = Duration.ofSeconds(3);

  /**
   * What the app has.
   *
   * @param app its id and its secret
   * @param verificationToken shown with what is asked and sent
   * @param encryptKey by which all is signed and encrypted
   * @param port 0 for any that is free
   * @param tls with a certificate, for who reaches it by https only
   */
  public record Setting(
      Pair app, Secret verificationToken, Secret encryptKey, int port, Optional<SSLContext> tls) {
    public Setting(Pair app, Secret verificationToken, Secret encryptKey) {
      this(app, verificationToken, encryptKey, 0, Optional.empty());
    }
  }

  private static final class Message {
    String text;
    int edits;

    Message(String text) {
      this.text = text;
    }
  }

  private static final class Chat {
    final Pace pace = new Pace();
    final Map<String, Message> said = new LinkedHashMap<>();
    boolean closed;
  }

  private final Setting setting;
  private final InstantSource clock;
  private final Loopback loopback;
  private final Map<String, Chat> chats = new TreeMap<>();
  private final Map<String, String> written = new TreeMap<>();
  private final List<String> calls = new ArrayList<>();
  private @Nullable URI eventAddress;
  private boolean down;
  private long made;

  public FeishuDouble(Setting setting, InstantSource clock) {
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
    return setting.app().joined();
  }

  @Override
  public void close() {
    loopback.close();
  }

  // What people do

  /**
   * A person saves the address for events: Feishu asks it to return a challenge, encrypted and
   * without a signature.
   *
   * @return whether it did within a second; otherwise nothing is saved
   */
  public boolean saveEventAddress(URI address) {
    var challenge = "challenge-" + next();
    var right =
        loopback
            .post(address, unsigned(encrypted(challenge(challenge))), PATIENCE)
            .filter(it -> it.statusCode() == 200)
            .flatMap(it -> StrictJson.object(it.body()))
            .filter(it -> StrictJson.text(it, "challenge").equals(challenge))
            .isPresent();
    synchronized (this) {
      if (right) {
        eventAddress = address;
      }
    }
    return right;
  }

  /** Where events are sent; empty while nowhere. */
  public synchronized Optional<URI> eventAddress() {
    return Optional.ofNullable(eventAddress);
  }

  /**
   * Sends an event. Whether it was answered with 200 within three seconds; what was not, Feishu
   * sends again, four times in the course of seven hours.
   */
  public boolean deliver(Webhook event) {
    return eventAddress()
        .flatMap(it -> loopback.post(it, event, PATIENCE_WITH_EVENTS))
        .map(HttpResponse::statusCode)
        .filter(it -> it == 200)
        .isPresent();
  }

  /** What asks for a challenge to be returned. */
  public ObjectNode challenge(String challenge) {
    return StrictJson.write()
        .put("challenge", challenge)
        .put("token", setting.verificationToken().reveal())
        .put("type", "url_verification");
  }

  /** A body as nobody signed it. */
  public static Webhook unsigned(byte[] body) {
    return new Webhook("POST", Map.of("Content-Type", List.of("application/json")), "", body);
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
    return known(chat).said.values().stream().map(it -> it.text).toList();
  }

  /** The calls so far, e.g. {@code GET /open-apis/bot/v3/info}. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  // As a test of a channel uses it

  @Override
  public Keys keys() {
    return new Keys(new Pair(setting.verificationToken(), setting.encryptKey()).joined(), SELF);
  }

  @Override
  public synchronized String chat(int number) {
    var chat = "oc_%08d".formatted(number);
    known(chat);
    return chat;
  }

  @Override
  public Webhook writes(int notice, String chat, String text) {
    return sends(encrypted(message(notice, chat, text)));
  }

  @Override
  public Webhook botWrites(int notice, String chat, String text) {
    var event = message(notice, chat, text);
    ((ObjectNode) event.at("/event/sender")).put("sender_type", "app");
    return sends(encrypted(event));
  }

  /** Somebody wrote: an event of version 2.0. */
  public synchronized ObjectNode message(int notice, String chat, String text) {
    written.put("om_%d".formatted(notice), chat);
    var body = happens(notice, "im.message.receive_v1");
    var event = (ObjectNode) body.path("event");
    var sender = event.putObject("sender").put("sender_type", "user").put("tenant_key", TENANT);
    sender.putObject("sender_id").put("open_id", "ou_" + chat).put("union_id", "on_" + chat);
    event
        .putObject("message")
        .put("message_id", "om_%d".formatted(notice))
        .put("chat_id", chat)
        .put("chat_type", "p2p")
        .put("message_type", "text")
        .put("create_time", Long.toString(clock.millis()))
        .put("content", StrictJson.write().put("text", text).toString());
    return body;
  }

  /** Any event of version 2.0, without what it is about. */
  public ObjectNode happens(int notice, String type) {
    var body = StrictJson.write().put("schema", "2.0");
    body.putObject("header")
        .put("event_id", "event%08d".formatted(notice))
        .put("event_type", type)
        .put("create_time", Long.toString(clock.millis()))
        .put("token", setting.verificationToken().reveal())
        .put("app_id", setting.app().first().reveal())
        .put("tenant_key", TENANT);
    body.putObject("event");
    return body;
  }

  /** As it is sent. The same for the same body, so that a repetition has the same bytes. */
  public byte[] encrypted(ObjectNode body) {
    return encrypted(body.toString().getBytes(UTF_8));
  }

  /** The same, of any bytes. */
  public byte[] encrypted(byte[] plain) {
    try {
      var start = Arrays.copyOf(sha256(plain), BLOCK);
      var cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(sha256(setting.encryptKey().reveal().getBytes(UTF_8)), "AES"),
          new IvParameterSpec(start));
      var hidden = cipher.doFinal(plain);
      var all = Arrays.copyOf(start, BLOCK + hidden.length);
      System.arraycopy(hidden, 0, all, BLOCK, hidden.length);
      return StrictJson.write()
          .put("encrypt", Base64.getEncoder().encodeToString(all))
          .toString()
          .getBytes(UTF_8);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES", e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public Webhook sends(byte[] body) {
    return signed(setting.encryptKey(), body);
  }

  @Override
  public Webhook forged(Webhook request) {
    return signed(Secret.of("some-other-key"), request.body());
  }

  private Webhook signed(Secret key, byte[] body) {
    var timestamp = Long.toString(clock.instant().getEpochSecond());
    var nonce = "4711";
    var before = (timestamp + nonce + key.reveal()).getBytes(UTF_8);
    var all = Arrays.copyOf(before, before.length + body.length);
    System.arraycopy(body, 0, all, before.length, body.length);
    return new Webhook(
        "POST",
        Map.of(
            "Content-Type",
            List.of("application/json"),
            "X-Lark-Request-Timestamp",
            List.of(timestamp),
            "X-Lark-Request-Nonce",
            List.of(nonce),
            "X-Lark-Signature",
            List.of(HexFormat.of().formatHex(sha256(all)))),
        "",
        body);
  }

  private synchronized long next() {
    return ++made;
  }

  private Chat known(String chat) {
    return chats.computeIfAbsent(chat, _ -> new Chat());
  }

  // The API

  private synchronized Reply answer(String path, Webhook request) {
    if (down) {
      return Reply.empty(502);
    }
    calls.add(request.method() + " " + path);
    var parameters = StrictJson.object(request.body()).orElseGet(StrictJson::write);
    if (path.equals("/open-apis/auth/v3/tenant_access_token/internal")) {
      return access(parameters);
    }
    if (!request.only("authorization").orElse("").equals("Bearer " + ACCESS)) {
      return error(99991663, "Invalid access token for authorization. Please make a test attempt.");
    }
    var method = request.method();
    if (path.equals("/open-apis/bot/v3/info") && method.equals("GET")) {
      var bot = done();
      bot.putObject("bot")
          .put("activate_status", 2)
          .put("app_name", "rockpool")
          .put("open_id", SELF);
      return Reply.json(bot.toString());
    }
    if (path.equals(MESSAGES) && method.equals("POST")) {
      return "chat_id".equals(Loopback.form(request.query()).get("receive_id_type"))
          ? say(StrictJson.text(parameters, "receive_id"), parameters)
          : say(
              "oc_" + StrictJson.text(parameters, "receive_id").replace("ou_oc_", ""), parameters);
    }
    var below = path.startsWith(MESSAGES + "/") ? path.substring(MESSAGES.length() + 1) : "";
    if (below.endsWith("/reply") && method.equals("POST")) {
      var to = written.get(below.substring(0, below.length() - "/reply".length()));
      return to == null ? error(230001, "message_id is invalid") : say(to, parameters);
    }
    if (below.endsWith("/reactions") && method.equals("POST")) {
      var reaction = done();
      reaction.putObject("data").put("reaction_id", "r" + next());
      return Reply.json(reaction.toString());
    }
    if (below.contains("/reactions/") && method.equals("DELETE")) {
      return Reply.json(done().toString());
    }
    return !below.isEmpty() && !below.contains("/") && method.equals("PUT")
        ? update(below, parameters)
        : error(99991672, "Access denied. One of the following scopes is required.");
  }

  private Reply access(ObjectNode parameters) {
    var app = setting.app();
    if (!StrictJson.text(parameters, "app_id").equals(app.first().reveal())) {
      return error(10003, "invalid param");
    }
    if (!StrictJson.text(parameters, "app_secret").equals(app.second().reveal())) {
      return error(10014, "app secret invalid");
    }
    return Reply.json(done().put("tenant_access_token", ACCESS).put("expire", 7_200).toString());
  }

  private Reply say(String to, ObjectNode parameters) {
    var chat = chats.get(to);
    if (chat == null) {
      return error(
          230001, "Your request contains an invalid request parameter, ext=invalid receive_id");
    }
    if (chat.closed) {
      return error(230002, "Bot/User can NOT be out of the chat.");
    }
    var text = text(parameters);
    if (text.isEmpty()) {
      return error(230001, "Your request contains an invalid request parameter.");
    }
    if (chat.pace.take(clock.instant()) > 0) {
      return error(230020, "This operation triggers the frequency limit.");
    }
    var id = "om_double%d".formatted(next());
    chat.said.put(id, new Message(text.get()));
    written.put(id, to);
    var answer = done();
    answer.putObject("data").put("message_id", id).put("chat_id", to);
    return Reply.json(answer.toString());
  }

  private Reply update(String id, ObjectNode parameters) {
    var to = written.get(id);
    var before = to == null ? null : known(to).said.get(id);
    var text = text(parameters);
    if (before == null || text.isEmpty()) {
      return error(230001, "Your request contains an invalid request parameter.");
    }
    if (before.edits == MOST_EDITS) {
      return error(230072, "The message has reached the number of times it can be edited.");
    }
    before.text = text.get();
    before.edits++;
    return Reply.json(done().toString());
  }

  /** What people see of a message: the texts of a rich one, or a plain one's. */
  private static Optional<String> text(ObjectNode parameters) {
    var content = StrictJson.text(parameters, "content");
    if (content.getBytes(UTF_8).length > LARGEST_POST) {
      return Optional.empty();
    }
    var type = StrictJson.text(parameters, "msg_type");
    return StrictJson.object(content)
        .map(it ->
            switch (type) {
              case "text" -> StrictJson.text(it, "text");
              case "post" -> rich(it);
              default -> "";
            })
        .filter(it -> !it.isBlank());
  }

  private static String rich(ObjectNode content) {
    var text = new StringBuilder();
    for (var line : content.at("/zh_cn/content")) {
      for (var part : line) {
        text.append(StrictJson.text(part, "text")); // of a text, and of Markdown
      }
    }
    return text.toString();
  }

  private static ObjectNode done() {
    return StrictJson.write().put("code", 0).put("msg", "success");
  }

  private static Reply error(int code, String message) {
    return new Reply(
        400,
        Map.of("Content-Type", "application/json; charset=utf-8"),
        StrictJson.write().put("code", code).put("msg", message).toString());
  }
}
