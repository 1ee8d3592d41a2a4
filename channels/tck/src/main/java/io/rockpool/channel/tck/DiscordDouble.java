package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands for Discord on loopback, with one application, its bot, and conversations with it alone:
 * as discord.com/developers documents it. Its API is at {@link #root}, its gateway at the same
 * port.
 *
 * <p>Commands and presses are sent at once to an address that a test names, and never again.
 */
public final class DiscordDouble implements People {
  private static final String APPLICATION = "1100000000000000001";
  private static final String SELF = "1100000000000000002";
  private static final long CHATS = 1_200_000_000_000_000_000L;
  private static final long USERS = 1_300_000_000_000_000_000L;
  private static final long INTERACTIONS = 1_400_000_000_000_000_000L;
  private static final String API = "/api/v10";
  private static final int LONGEST_TEXT = 2_000;
  private static final int DIRECT_MESSAGES = 1 << 12;
  private static final int GOING_AWAY = 1001;
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration ANSWERABLE = Duration.ofMinutes(15);

  /** What Discord documents, and what OpenClaw's requests say, which Discord lets in. */
  private static final Pattern USER_AGENT =
      Pattern.compile("DiscordBot \\([^,)]+, [^)]+\\).*|OpenClaw Discord|node|undici");

  private static final Pattern MESSAGES = Pattern.compile("/channels/([^/]+)/messages");
  private static final Pattern MESSAGE = Pattern.compile("/channels/([^/]+)/messages/([^/]+)");
  private static final Pattern CHANNEL = Pattern.compile("/channels/([^/]+)(?:/typing)?");
  private static final Pattern WEBHOOK = Pattern.compile("/webhooks/([^/]+)/([^/]+)");
  private static final Pattern WEBHOOK_MESSAGE =
      Pattern.compile("/webhooks/([^/]+)/([^/]+)/messages/([^/]+)");
  private static final Pattern COMMANDS =
      Pattern.compile("/applications/%s/commands(?:/[0-9]+)?".formatted(APPLICATION));

  /**
   * What the application has.
   *
   * @param token the bot's
   * @param port 0 for any that is free
   */
  public record Setting(Secret token, int port) {}

  /** A message of the bot. */
  public record Said(String id, String channel, String text, int edits) {}

  /** What became of a command or a press: the status and body of the answer. */
  public record Answered(int status, String body) {}

  private static final class Channel {
    final Pace pace = new Pace();
    final Map<String, Said> said = new TreeMap<>();
    boolean closed;
  }

  /** A command that may be answered. */
  private record Interaction(String channel, Instant until) {}

  private final Setting setting;
  private final InstantSource clock;
  private final KeyPair keys = keyPair();
  private final KeyPair others = keyPair();
  private final Loopback loopback;
  private final WebSockets front;
  private final DiscordSockets sockets;
  private final Map<String, Channel> channels = new HashMap<>();
  private final Map<String, Interaction> interactions = new HashMap<>();

  /** Promises: the ids of messages that are to get the answer, by tokens. */
  private final Map<String, String> originals = new HashMap<>();

  private final List<String> calls = new ArrayList<>();
  private long made = 1_500_000_000_000_000_000L;
  private final List<String> notified = new ArrayList<>();
  private boolean down;
  private boolean refuses;
  private boolean lags;

  public DiscordDouble(Setting setting, InstantSource clock) {
    this.setting = setting;
    this.clock = clock;
    loopback = new Loopback(0, this::answer);
    front = new WebSockets(setting.port(), loopback.root().getPort(), this::connected);
    sockets =
        new DiscordSockets(
            setting.token(), "ws://127.0.0.1:%d/".formatted(front.port()), DiscordDouble::self);
  }

  private void connected(String target, WebSockets.Peer peer) {
    sockets.speak(target, peer);
  }

  private static KeyPair keyPair() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has Ed25519", e);
    }
  }

  @Override
  public URI root() {
    return URI.create("http://127.0.0.1:%d%s".formatted(front.port(), API));
  }

  @Override
  public Secret token() {
    return setting.token();
  }

  /** As it stands under General Information: hexadecimal. */
  public String publicKey() {
    var encoded = keys.getPublic().getEncoded();
    return HexFormat.of()
        .formatHex(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
  }

  @Override
  public void close() {
    front.close();
    loopback.close();
  }

  // What people do

  /** A person saves the address for interactions: it must refuse what Discord did not sign. */
  public boolean saveInteractionsAddress(URI address) {
    var ping =
        StrictJson.write()
            .put("application_id", APPLICATION)
            .put("id", next())
            .put("token", "t")
            .put("type", 1)
            .put("version", 1);
    var right = loopback.post(address, sends(bytes(ping)), PATIENCE);
    var wrong = loopback.post(address, forged(sends(bytes(ping))), PATIENCE);
    return right
            .filter(it -> it.statusCode() == 200)
            .flatMap(it -> StrictJson.object(it.body()))
            .filter(it -> it.path("type").asInt(0) == 1)
            .isPresent()
        && wrong.map(HttpResponse::statusCode).filter(it -> it == 401).isPresent();
  }

  /** Somebody writes to the bot; who listens hears of it. */
  public void says(int number, String text) {
    var channel = chat(number);
    var message = message(next(), channel, user(number), text);
    sockets.happens("MESSAGE_CREATE", DIRECT_MESSAGES, message);
  }

  /** Somebody types the command {@code ask}, or another one. */
  public Optional<Answered> commands(URI address, int number, String command, String text) {
    var id = next();
    var token = "token-" + id;
    synchronized (this) {
      interactions.put(token, new Interaction(chat(number), clock.instant().plus(ANSWERABLE)));
      originals.put(token, next());
    }
    var answered = interacts(address, command(id, number, command, text));
    var isPromised =
        answered
            .flatMap(it -> StrictJson.object(it.body()))
            .filter(it -> it.path("type").asInt(0) == 5)
            .isPresent();
    if (!isPromised) {
      synchronized (this) {
        originals.remove(token);
      }
    }
    return answered;
  }

  /** The request of a command whose answer was promised. */
  public synchronized Webhook promise(int number, String text) {
    var id = next();
    var token = "token-" + id;
    interactions.put(token, new Interaction(chat(number), clock.instant().plus(ANSWERABLE)));
    originals.put(token, next());
    return sends(bytes(command(id, number, "ask", text)));
  }

  /** The next answer to a command comes before its promise was read. */
  public synchronized void lags() {
    lags = true;
  }

  /** Sends an interaction. */
  public Optional<Answered> interacts(URI address, ObjectNode interaction) {
    return loopback
        .post(address, sends(bytes(interaction)), PATIENCE)
        .map(it -> new Answered(it.statusCode(), it.body()));
  }

  @Override
  public synchronized void closes(String chat) {
    known(chat).closed = true;
  }

  @Override
  public synchronized void down(boolean down) {
    this.down = down;
  }

  /** Whether it knows the token no longer. */
  public synchronized void refuses(boolean refuses) {
    this.refuses = refuses;
  }

  /** Ends all connections to the gateway; whoever comes back may resume. */
  public void drop() {
    try {
      sockets.drop(GOING_AWAY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // What people see

  /** What the bot said in a chat, in its present words, oldest first. */
  public synchronized List<Said> said(String chat) {
    return List.copyOf(known(chat).said.values());
  }

  @Override
  public List<String> read(String chat) {
    return said(chat).stream().map(Said::text).toList();
  }

  /** Texts by which the bot notified people that it mentioned. */
  public synchronized List<String> notified() {
    return List.copyOf(notified);
  }

  /** Requests so far: method and path below the root of the API, without tokens of commands. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** Who hears of events at the gateway now. */
  public long listening() {
    return sockets.listening();
  }

  /** How often somebody began there anew: 1,000 in a day are allowed. */
  public int identified() {
    return sockets.identified();
  }

  /** How often somebody went on there. */
  public int resumed() {
    return sockets.resumed();
  }

  /** Commands that show that somebody thinks. */
  public synchronized int promised() {
    return (int)
        originals.entrySet().stream()
            .filter(it -> {
              var interaction = interactions.get(it.getKey());
              return interaction != null
                  && !known(interaction.channel()).said.containsKey(it.getValue());
            })
            .count();
  }

  // As a test of a channel uses it

  @Override
  public Keys keys() {
    return new Keys(Secret.of(publicKey()), SELF);
  }

  @Override
  public synchronized String chat(int number) {
    var chat = Long.toString(CHATS + number);
    known(chat);
    return chat;
  }

  @Override
  public Webhook writes(int notice, String chat, String text) {
    return sends(bytes(asked(notice, chat, text)));
  }

  @Override
  public Webhook botWrites(int notice, String chat, String text) {
    var asked = asked(notice, chat, text);
    asked.withObjectProperty("user").put("bot", true);
    return sends(bytes(asked));
  }

  private static ObjectNode asked(int notice, String chat, String text) {
    var number = Math.toIntExact(Long.parseLong(chat) - CHATS);
    return command(Long.toString(INTERACTIONS + notice), number, "ask", text);
  }

  @Override
  public Webhook sends(byte[] body) {
    return signed(keys, body);
  }

  @Override
  public Webhook forged(Webhook request) {
    return signed(others, request.body());
  }

  private Webhook signed(KeyPair keys, byte[] body) {
    var timestamp = Long.toString(clock.instant().getEpochSecond());
    try {
      var signature = Signature.getInstance("Ed25519");
      signature.initSign(keys.getPrivate());
      signature.update(timestamp.getBytes(UTF_8));
      signature.update(body);
      return new Webhook(
          "POST",
          Map.of(
              "Content-Type",
              List.of("application/json"),
              "X-Signature-Timestamp",
              List.of(timestamp),
              "X-Signature-Ed25519",
              List.of(HexFormat.of().formatHex(signature.sign()))),
          "",
          body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has Ed25519", e);
    }
  }

  private static ObjectNode command(String id, int number, String name, String text) {
    var body =
        StrictJson.write()
            .put("application_id", APPLICATION)
            .put("id", id)
            .put("token", "token-" + id)
            .put("type", 2)
            .put("version", 1)
            .put("context", 1)
            .put("channel_id", Long.toString(CHATS + number));
    body.set("user", user(number));
    var data = body.putObject("data").put("id", "9").put("name", name).put("type", 1);
    if (!text.isEmpty()) {
      data.putArray("options").addObject().put("name", "text").put("type", 3).put("value", text);
    }
    return body;
  }

  /** A person. */
  public static String userId(int number) {
    return Long.toString(USERS + number);
  }

  private static ObjectNode user(int number) {
    return StrictJson.write()
        .put("id", userId(number))
        .put("username", "person" + number)
        .put("discriminator", "0")
        .put("global_name", "Person " + number);
  }

  private static ObjectNode self() {
    return StrictJson.write()
        .put("id", SELF)
        .put("username", "rockpool")
        .put("discriminator", "0")
        .put("bot", true);
  }

  private static byte[] bytes(ObjectNode json) {
    return json.toString().getBytes(UTF_8);
  }

  private synchronized String next() {
    return Long.toString(++made);
  }

  private Channel known(String channel) {
    return channels.computeIfAbsent(channel, _ -> new Channel());
  }

  private ObjectNode message(String id, String channel, ObjectNode author, String text) {
    var message =
        StrictJson.write()
            .put("id", id)
            .put("channel_id", channel)
            .put("content", text)
            .put("timestamp", clock.instant().toString())
            .putNull("edited_timestamp")
            .put("tts", false)
            .put("mention_everyone", false)
            .put("pinned", false)
            .put("type", 0);
    message.set("author", author);
    for (var list : List.of("mentions", "mention_roles", "attachments", "embeds")) {
      message.putArray(list);
    }
    return message;
  }

  // The API

  private synchronized Reply answer(String path, Webhook request) {
    if (down) {
      return Reply.empty(503);
    }
    if (!path.startsWith(API + "/")) {
      return error(404, 0, "404: Not Found");
    }
    var target = path.substring(API.length());
    calls.add(
        "%s %s".formatted(request.method(), target.replaceAll("^(/webhooks/[^/]+)/[^/]+", "$1")));
    var agent = request.only("user-agent").orElse("");
    if (!USER_AGENT.matcher(agent).matches() && !target.equals("/gateway/bot")) {
      return error(403, 40_333, "internal network error");
    }
    if (target.startsWith("/webhooks/")) {
      return promised(request, target);
    }
    // As a secret: what a test failure prints shows no token.
    var shown = Secret.of(request.only("authorization").orElse(""));
    if (refuses || !shown.equals(Secret.of("Bot " + setting.token().reveal()))) {
      return error(401, 0, "401: Unauthorized");
    }
    return switch (request.method() + " " + target) {
      case "GET /users/@me" -> done(self());
      case "GET /applications/@me", "GET /oauth2/applications/@me" -> done(application());
      case "GET /gateway/bot" -> done(gateway());
      case "GET /users/@me/guilds" -> Reply.json("[]");
      default -> ofChannel(request, target);
    };
  }

  private ObjectNode application() {
    var application =
        StrictJson.write()
            .put("id", APPLICATION)
            .put("name", "rockpool")
            .put("verify_key", publicKey())
            .put("flags", 0);
    application.set("bot", self());
    return application;
  }

  private ObjectNode gateway() {
    var gateway =
        StrictJson.write().put("url", "ws://127.0.0.1:%d".formatted(front.port())).put("shards", 1);
    gateway
        .putObject("session_start_limit")
        .put("total", 1_000)
        .put("remaining", 1_000 - sockets.identified())
        .put("reset_after", 14_400_000)
        .put("max_concurrency", 1);
    return gateway;
  }

  private Reply ofChannel(Webhook request, String target) {
    if (COMMANDS.matcher(target).matches()) {
      return ofCommands(request);
    }
    var body = StrictJson.object(request.body());
    var many = MESSAGES.matcher(target);
    var one = MESSAGE.matcher(target);
    var chat = CHANNEL.matcher(target);
    if (many.matches() && request.method().equals("POST")) {
      return refused(many.group(1), body)
          .orElseGet(() -> post(many.group(1), next(), body.orElseThrow()));
    }
    if (one.matches() && request.method().equals("PATCH")) {
      var before = known(one.group(1)).said.get(one.group(2));
      return refused(one.group(1), body)
          .orElseGet(() ->
              before == null
                  ? error(404, 10_008, "Unknown Message")
                  : edit(before, body.orElseThrow()));
    }
    if (chat.matches()) {
      if (!channels.containsKey(chat.group(1))) {
        return error(404, 10_003, "Unknown Channel");
      }
      return target.endsWith("/typing") ? Reply.empty(204) : done(channel(chat.group(1)));
    }
    return error(404, 0, "404: Not Found");
  }

  /** Those of the application, of which there are none but what was just sent. */
  private static Reply ofCommands(Webhook request) {
    return switch (request.method()) {
      case "GET" -> Reply.json("[]");
      case "PUT" -> Reply.json("[]");
      case "DELETE" -> Reply.empty(204);
      default -> done(StrictJson.write().put("id", "9").put("application_id", APPLICATION));
    };
  }

  private static ObjectNode channel(String id) {
    var channel = StrictJson.write().put("id", id).put("type", 1).putNull("last_message_id");
    channel.putArray("recipients").add(user(Math.toIntExact(Long.parseLong(id) - CHATS)));
    return channel;
  }

  private Optional<Reply> refused(String chat, Optional<ObjectNode> body) {
    var channel = channels.get(chat);
    if (channel == null) {
      return Optional.of(error(404, 10_003, "Unknown Channel"));
    }
    if (channel.closed) {
      return Optional.of(error(403, 50_007, "Cannot send messages to this user"));
    }
    var unfit = unfit(body);
    if (unfit.isPresent()) {
      return unfit;
    }
    return channel.pace.take(clock.instant()) > 0 ? Optional.of(limited()) : Optional.empty();
  }

  private static Optional<Reply> unfit(Optional<ObjectNode> body) {
    var text = body.map(it -> StrictJson.text(it, "content")).orElse("");
    if (text.isBlank()) {
      return Optional.of(error(400, 50_006, "Cannot send an empty message"));
    }
    return text.length() > LONGEST_TEXT
        ? Optional.of(error(400, 50_035, "Invalid Form Body"))
        : Optional.empty();
  }

  private static Reply limited() {
    var body =
        StrictJson.write()
            .put("message", "You are being rate limited.")
            .put("retry_after", 0.65)
            .put("global", false);
    return new Reply(429, Reply.json("").headers(), body.toString())
        .with("Retry-After", "1")
        .with("X-RateLimit-Reset-After", "0.65")
        .with("X-RateLimit-Scope", "user");
  }

  private Reply post(String chat, String id, ObjectNode body) {
    var said = new Said(id, chat, StrictJson.text(body, "content"), 0);
    known(chat).said.put(id, said);
    if (said.text().matches("(?s).*(@everyone|@here|<@).*")
        && !body.at("/allowed_mentions/parse").isEmpty()) {
      notified.add(said.text());
    }
    return done(message(id, chat, self(), said.text()));
  }

  private Reply edit(Said before, ObjectNode body) {
    var now =
        new Said(
            before.id(), before.channel(), StrictJson.text(body, "content"), before.edits() + 1);
    known(before.channel()).said.put(before.id(), now);
    return done(message(before.id(), before.channel(), self(), now.text()));
  }

  /** Answers to commands, by their tokens. */
  private Reply promised(Webhook request, String target) {
    if (lags) {
      lags = false;
      return error(404, 10_015, "Unknown Webhook");
    }
    var body = StrictJson.object(request.body());
    var one = WEBHOOK_MESSAGE.matcher(target);
    if (one.matches() && request.method().equals("PATCH")) {
      return interaction(one.group(1), one.group(2))
          .map(it ->
              unfit(body).orElseGet(() -> put(it, one.group(2), one.group(3), body.orElseThrow())))
          .orElseGet(() -> error(401, 50_027, "Invalid Webhook Token"));
    }
    var more = WEBHOOK.matcher(target);
    if (more.matches() && request.method().equals("POST")) {
      return interaction(more.group(1), more.group(2))
          .map(it -> unfit(body).orElseGet(() -> post(it.channel(), next(), body.orElseThrow())))
          .orElseGet(() -> error(401, 50_027, "Invalid Webhook Token"));
    }
    return error(404, 10_015, "Unknown Webhook");
  }

  private Optional<Interaction> interaction(String application, String token) {
    return Optional.ofNullable(interactions.get(token))
        .filter(it -> application.equals(APPLICATION) && !clock.instant().isAfter(it.until()));
  }

  private Reply put(Interaction interaction, String token, String name, ObjectNode body) {
    var id = name.equals("@original") ? originals.get(token) : name;
    var before = id == null ? null : known(interaction.channel()).said.get(id);
    if (before != null) {
      return edit(before, body);
    }
    return id == null || !name.equals("@original")
        ? error(404, 10_008, "Unknown Message")
        : post(interaction.channel(), id, body);
  }

  private static Reply done(ObjectNode body) {
    return Reply.json(body.toString());
  }

  private static Reply error(int status, int code, String message) {
    var body = StrictJson.write().put("message", message).put("code", code);
    return new Reply(status, Reply.json("").headers(), body.toString());
  }
}
