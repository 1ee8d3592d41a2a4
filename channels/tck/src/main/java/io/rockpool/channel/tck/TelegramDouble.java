package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands for Telegram's Bot API on loopback, with one bot: as core.telegram.org/bots/api documents
 * it, and where that is silent as tdlib/telegram-bot-api does it. It keeps one queue for each chat,
 * delivers a queue's head until that succeeds or is a day old, and closes a webhook that answered
 * 410 and nothing else for 23 hours.
 *
 * <p>People act by methods. Webhooks are called by {@link #deliverDue}, when a test says so, or by
 * themselves after {@link #start}.
 */
public final class TelegramDouble implements People {
  private static final int LONGEST_TEXT = 4_096;
  private static final int MOST_UPDATES = 100;
  private static final int DEFAULT_CONNECTIONS = 40;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration LONGEST_POLL = Duration.ofSeconds(50);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(60);
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);
  private static final Duration KEPT = Duration.ofHours(24);
  private static final Duration GONE = Duration.ofHours(23);
  private static final List<Integer> PORTS = List.of(443, 80, 88, 8443);
  private static final Pattern TOKEN = Pattern.compile("/bot([^/]*)/(\\w+)");
  private static final Pattern SHAPE = Pattern.compile("[0-9]+:[A-Za-z0-9_-]+");
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{1,256}");
  private static final Pattern TAG =
      Pattern.compile(
          "</?(b|strong|i|em|u|ins|s|strike|del|span|tg-spoiler|tg-emoji|a|code|pre|blockquote)"
              + "(\\s[^<>]*)?>");
  private static final Pattern BARE_MARK = Pattern.compile("(?<!\\\\)[.!#+=|{}-]");

  /**
   * Who the bot is, and how strict the double.
   *
   * @param token as @BotFather gives them: digits, a colon, letters
   * @param local whether webhooks may be http and have any port, as with a telegram-bot-api server
   *     of one's own
   * @param port 0 for any that is free
   */
  public record Setting(Secret token, String username, boolean local, int port) {}

  /**
   * A message of the bot.
   *
   * @param text as people see it, without markup
   */
  public record Said(long id, long chat, String text, int edits) {}

  private record Hook(URI url, String secret, List<String> allowed, int connections) {}

  private static final class Waiting {
    final ObjectNode update;
    final Instant since;
    int attempts;
    Instant due;

    Waiting(ObjectNode update, Instant since) {
      this.update = update;
      this.since = since;
      this.due = since;
    }
  }

  private static final class Line {
    final List<Waiting> waiting = new ArrayList<>();
    boolean busy;
  }

  private static final class Chat {
    final Pace pace = new Pace();
    final Map<Long, Said> said = new TreeMap<>();
    boolean closed;
    int typed;
  }

  private final Setting setting;
  private final InstantSource clock;
  private final Loopback loopback;
  private final Map<Long, Chat> chats = new HashMap<>();
  private final Map<String, Line> lines = new LinkedHashMap<>();
  private final List<String> calls = new ArrayList<>();
  private JsonNode commands = JSON_EMPTY;
  private List<String> allowed = List.of();
  private @Nullable Hook hook;
  private @Nullable Instant goneSince;
  private @Nullable Instant failedAt;
  private String failure = "";
  private long lastUpdate = 100_000;
  private long lastMessage;
  private long poll;
  private boolean down;
  private @Nullable ScheduledExecutorService timer;

  private static final JsonNode JSON_EMPTY = StrictJson.write().putArray("empty");

  public TelegramDouble(Setting setting, InstantSource clock) {
    if (!SHAPE.matcher(setting.token().reveal()).matches()) {
      throw new IllegalArgumentException("a token of Telegram is digits, a colon, and letters");
    }
    this.setting = setting;
    this.clock = clock;
    loopback = new Loopback(setting.port(), this::answer);
  }

  @Override
  public URI root() {
    return loopback.root();
  }

  @Override
  public Secret token() {
    return setting.token();
  }

  /** From now on it delivers by itself. */
  public synchronized void start() {
    if (timer == null) {
      timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
      var _ = timer.scheduleWithFixedDelay(this::begin, 0, 100, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (timer != null) {
        timer.shutdownNow();
      }
      notifyAll();
    }
    loopback.close();
  }

  // What people do

  /**
   * Somebody writes to the bot: their own chat has their id, others are groups with negative ids.
   *
   * @return the id of the update
   */
  public synchronized long says(long user, long chat, String text) {
    known(chat).closed = false;
    return queue(message(++lastUpdate, ++lastMessage, user, chat, text, false));
  }

  /** Somebody presses a button under a message of the bot. */
  public synchronized long presses(long user, Said said, String value) {
    var update = StrictJson.write().put("update_id", ++lastUpdate);
    var pressed = update.putObject("callback_query").put("id", "q" + lastUpdate);
    pressed.set("from", person(user, false));
    pressed.put("data", value);
    var message = pressed.putObject("message").put("message_id", said.id());
    message.set("chat", chatOf(said.chat()));
    return queue(update);
  }

  @Override
  public synchronized void closes(String chat) {
    known(Long.parseLong(chat)).closed = true;
  }

  @Override
  public synchronized void down(boolean down) {
    this.down = down;
  }

  // What people see

  /** What the bot said in a chat, in its present words, oldest first. */
  public synchronized List<Said> said(long chat) {
    return List.copyOf(known(chat).said.values());
  }

  @Override
  public List<String> read(String chat) {
    return said(Long.parseLong(chat)).stream().map(Said::text).toList();
  }

  /** How often it was shown that the bot is typing. */
  public synchronized int typed(long chat) {
    return known(chat).typed;
  }

  /** The methods that were called so far. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** Updates that are not delivered yet. */
  public synchronized int waiting() {
    return lines.values().stream().mapToInt(it -> it.waiting.size()).sum();
  }

  /** Where updates go; empty while none is set. */
  public synchronized Optional<URI> webhook() {
    return Optional.ofNullable(hook).map(Hook::url);
  }

  // As a test of a channel uses it

  @Override
  public Keys keys() {
    return new Keys(Secret.of("double_Secret-1"), "7000");
  }

  @Override
  public synchronized String chat(int number) {
    known(9_000_000_000L + number);
    return Long.toString(9_000_000_000L + number);
  }

  @Override
  public Webhook writes(int notice, String chat, String text) {
    var id = Long.parseLong(chat);
    return sends(bytes(message(notice, notice, id, id, text, false)));
  }

  @Override
  public Webhook botWrites(int notice, String chat, String text) {
    return sends(bytes(message(notice, notice, 8_000, Long.parseLong(chat), text, true)));
  }

  @Override
  public Webhook sends(byte[] body) {
    return request(keys().secret().reveal(), body);
  }

  @Override
  public Webhook forged(Webhook request) {
    return request("some-other-secret", request.body());
  }

  private static Webhook request(String secret, byte[] body) {
    var headers = new HashMap<String, List<String>>();
    headers.put("Content-Type", List.of("application/json"));
    if (!secret.isEmpty()) {
      headers.put("X-Telegram-Bot-Api-Secret-Token", List.of(secret));
    }
    return new Webhook("POST", headers, "", body);
  }

  private static byte[] bytes(JsonNode json) {
    return json.toString().getBytes(UTF_8);
  }

  private ObjectNode message(long update, long id, long user, long chat, String text, boolean bot) {
    var made = StrictJson.write().put("update_id", update);
    var message = made.putObject("message").put("message_id", id);
    message.set("from", person(user, bot));
    message.set("chat", chatOf(chat));
    message.put("date", clock.instant().getEpochSecond()).put("text", text);
    return made;
  }

  private static ObjectNode person(long id, boolean bot) {
    return StrictJson.write().put("id", id).put("is_bot", bot).put("first_name", "User " + id);
  }

  private static ObjectNode chatOf(long id) {
    return StrictJson.write().put("id", id).put("type", id > 0 ? "private" : "supergroup");
  }

  private Chat known(long chat) {
    return chats.computeIfAbsent(chat, _ -> new Chat());
  }

  // Updates on their way

  /** One line for each chat and kind; what comes behind waits. */
  private long queue(ObjectNode update) {
    var kind =
        update.properties().stream()
            .filter(it -> it.getValue().isObject())
            .findFirst()
            .orElseThrow();
    var content = kind.getValue();
    var chat = (content.has("chat") ? content : content.path("message")).path("chat").path("id");
    if (allowed.isEmpty() || allowed.contains(kind.getKey())) {
      lines
          .computeIfAbsent(kind.getKey() + chat, _ -> new Line())
          .waiting
          .add(new Waiting(update, clock.instant()));
      notifyAll();
    }
    return update.path("update_id").longValue();
  }

  /** Calls the webhook with all that is due, each chat's first; returns when it has answered. */
  public void deliverDue() {
    for (var attempt : begin()) {
      try {
        attempt.get();
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
        return;
      } catch (ExecutionException bug) {
        throw new IllegalStateException(bug.getCause());
      }
    }
  }

  private synchronized List<Future<?>> begin() {
    var now = clock.instant();
    var begun = new ArrayList<Future<?>>();
    for (var line : lines.values()) {
      line.waiting.removeIf(it -> !line.busy && it.since.plus(KEPT).isBefore(now));
      if (hook == null || line.busy || line.waiting.isEmpty()) {
        continue;
      }
      if (!line.waiting.getFirst().due.isAfter(now)) {
        line.busy = true;
        var to = hook;
        var head = line.waiting.getFirst();
        begun.add(loopback.threads().submit(() -> deliver(line, head, to)));
      }
    }
    return begun;
  }

  private void deliver(Line line, Waiting head, Hook to) {
    var answer = loopback.post(to.url(), request(to.secret(), bytes(head.update)), PATIENCE);
    synchronized (this) {
      line.busy = false;
      var now = clock.instant();
      var status = answer.map(HttpResponse::statusCode).orElse(0);
      if (status >= 200 && status < 300) {
        goneSince = null;
        line.waiting.remove(head);
        execute(answer.orElseThrow().body());
        return;
      }
      failedAt = now;
      failure = status == 0 ? "Connection timed out" : "Wrong response from the webhook: " + status;
      head.attempts++;
      head.due = now.plus(pause(head.attempts, answer));
      if (status != 410) {
        goneSince = null;
      } else if (goneSince == null) {
        goneSince = now;
      } else if (!goneSince.plus(GONE).isAfter(now)) {
        hook = null;
      }
    }
  }

  private static Duration pause(int attempts, Optional<HttpResponse<String>> answer) {
    var asked =
        answer
            .flatMap(it -> it.headers().firstValue("Retry-After"))
            .filter(it -> it.matches("[0-9]{1,6}"))
            .map(it -> Duration.ofSeconds(Long.parseLong(it)));
    var own = attempts == 1 ? Duration.ZERO : Duration.ofSeconds(1L << Math.min(6, attempts - 1));
    var pause = asked.orElse(own);
    var most = asked.isPresent() ? LONGEST_RETRY_AFTER : LONGEST_BACKOFF;
    return pause.compareTo(most) > 0 ? most : pause;
  }

  /** An answer may be a call. */
  private void execute(String body) {
    StrictJson.object(body)
        .filter(it -> it.has("method"))
        .ifPresent(it -> {
          var _ = call(StrictJson.text(it, "method"), it);
        });
  }

  // The API

  private Reply answer(String path, Webhook request) {
    var named = TOKEN.matcher(path);
    synchronized (this) {
      if (down) {
        return Reply.empty(502);
      }
    }
    if (!named.matches() || !SHAPE.matcher(named.group(1)).matches()) {
      return error(404, "Not Found");
    }
    if (!Secret.of(named.group(1)).equals(setting.token())) {
      return error(401, "Unauthorized");
    }
    var parameters = parameters(request);
    if (parameters.isEmpty()) {
      return error(400, "Bad Request: can't parse the request");
    }
    synchronized (this) {
      calls.add(named.group(2));
      return call(named.group(2), parameters.get());
    }
  }

  private static Optional<ObjectNode> parameters(Webhook request) {
    var all = StrictJson.write();
    Loopback.form(request.query()).forEach(all::put);
    var type = request.contentType();
    if (type.equals("application/json") && request.body().length > 0) {
      return StrictJson.object(request.body()).map(all::setAll);
    }
    if (type.equals("application/x-www-form-urlencoded")) {
      Loopback.form(new String(request.body(), UTF_8)).forEach(all::put);
    } else if (request.body().length > 0) {
      return Optional.empty();
    }
    return Optional.of(all);
  }

  private Reply call(String method, ObjectNode parameters) {
    return switch (method.toLowerCase(Locale.ROOT)) {
      case "getme" -> done(me());
      case "setwebhook" -> setWebhook(parameters);
      case "deletewebhook" -> {
        hook = null;
        dropIfAsked(parameters);
        yield done(true);
      }
      case "getwebhookinfo" -> done(webhookState());
      case "getupdates" -> getUpdates(parameters);
      case "sendmessage" -> sendMessage(parameters);
      case "editmessagetext" -> editMessageText(parameters);
      case "sendchataction" -> sendChatAction(parameters);
      case "setmycommands" -> {
        if (!list(parameters, "commands").isArray()) {
          yield error(400, "Bad Request: can't parse commands");
        }
        commands = list(parameters, "commands");
        yield done(true);
      }
      case "deletemycommands" -> {
        commands = JSON_EMPTY;
        yield done(true);
      }
      case "getmycommands" -> done(commands);
      case "answercallbackquery", "setmessagereaction" -> done(true);
      default -> error(404, "Not Found: method not found");
    };
  }

  private ObjectNode me() {
    var id = setting.token().reveal().split(":", 2)[0];
    return person(Long.parseLong(id), true)
        .put("username", setting.username())
        .put("can_join_groups", true)
        .put("supports_inline_queries", false);
  }

  private Reply setWebhook(ObjectNode parameters) {
    var url = text(parameters, "url");
    if (url.isEmpty()) {
      hook = null;
      return done(true);
    }
    URI address;
    try {
      address = URI.create(url);
    } catch (IllegalArgumentException notOne) {
      return error(400, "Bad Request: bad webhook: Failed to parse URL");
    }
    if (!setting.local()) {
      if (!"https".equals(address.getScheme())) {
        return error(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook");
      }
      if (!PORTS.contains(address.getPort() < 0 ? 443 : address.getPort())) {
        return error(
            400,
            "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443");
      }
    }
    var secret = text(parameters, "secret_token");
    if (!secret.isEmpty() && !SECRET.matcher(secret).matches()) {
      return error(400, "Bad Request: secret token contains unallowed characters");
    }
    var connections = parameters.path("max_connections").asInt(DEFAULT_CONNECTIONS);
    if (connections < 1 || connections > 100) {
      return error(400, "Bad Request: max_connections is 1 to 100");
    }
    if (list(parameters, "allowed_updates").isArray()) {
      allowed =
          list(parameters, "allowed_updates").valueStream().map(JsonNode::stringValue).toList();
    }
    dropIfAsked(parameters);
    hook = new Hook(address, secret, allowed, connections);
    goneSince = null;
    failedAt = null;
    failure = "";
    poll++;
    notifyAll();
    return done(true);
  }

  private void dropIfAsked(ObjectNode parameters) {
    if (parameters.path("drop_pending_updates").asBoolean(false)) {
      lines.values().forEach(it -> it.waiting.clear());
    }
  }

  private ObjectNode webhookState() {
    var state =
        StrictJson.write()
            .put("url", hook == null ? "" : hook.url().toString())
            .put("has_custom_certificate", false)
            .put("pending_update_count", waiting());
    if (hook != null) {
      state.put("max_connections", hook.connections());
    }
    if (failedAt != null) {
      state.put("last_error_date", failedAt.getEpochSecond()).put("last_error_message", failure);
    }
    return state;
  }

  /** Waits for the first update; a second one who polls ends the first's wait. */
  private Reply getUpdates(ObjectNode parameters) {
    if (hook != null) {
      return error(
          409,
          "Conflict: can't use getUpdates method while webhook is active;"
              + " use deleteWebhook to delete the webhook first");
    }
    var offset = parameters.path("offset").asLong(0);
    lines.values().forEach(line -> line.waiting.removeIf(it -> id(it) < offset));
    if (list(parameters, "allowed_updates").isArray()) {
      allowed =
          list(parameters, "allowed_updates").valueStream().map(JsonNode::stringValue).toList();
    }
    var mine = ++poll;
    notifyAll();
    var wait = Duration.ofSeconds(Math.max(0, parameters.path("timeout").asLong(0)));
    var end =
        System.nanoTime() + (wait.compareTo(LONGEST_POLL) > 0 ? LONGEST_POLL : wait).toNanos();
    try {
      for (var left = end - System.nanoTime();
          waiting() == 0 && left > 0 && mine == poll;
          left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
    if (mine != poll) {
      return error(
          409,
          "Conflict: terminated by other getUpdates request;"
              + " make sure that only one bot instance is running");
    }
    var updates = StrictJson.write().putArray("updates");
    lines.values().stream()
        .flatMap(it -> it.waiting.stream())
        .sorted(Comparator.comparingLong(TelegramDouble::id))
        .limit(MOST_UPDATES)
        .forEach(it -> updates.add(it.update));
    return done(updates);
  }

  private static long id(Waiting waiting) {
    return waiting.update.path("update_id").longValue();
  }

  private Reply sendMessage(ObjectNode parameters) {
    var id = parameters.path("chat_id").asLong(0);
    var chat = chats.get(id);
    var text = shown(parameters);
    var refused = refused(chat, text);
    if (chat == null || refused.isPresent()) {
      return refused.orElseThrow();
    }
    var seconds = chat.pace.take(clock.instant());
    if (seconds > 0) {
      return tooMany(seconds);
    }
    var said = new Said(++lastMessage, id, text.orElseThrow(), 0);
    chat.said.put(said.id(), said);
    return done(sent(said));
  }

  private Reply editMessageText(ObjectNode parameters) {
    var chat = chats.get(parameters.path("chat_id").asLong(0));
    var text = shown(parameters);
    var refused = refused(chat, text);
    if (chat == null || refused.isPresent()) {
      return refused.orElseThrow();
    }
    var before = chat.said.get(parameters.path("message_id").asLong(0));
    if (before == null) {
      return error(400, "Bad Request: message to edit not found");
    }
    if (before.text().equals(text.orElseThrow())) {
      return error(
          400,
          "Bad Request: message is not modified: specified new message content and reply markup"
              + " are exactly the same as a current content and reply markup of the message");
    }
    var seconds = chat.pace.take(clock.instant());
    if (seconds > 0) {
      return tooMany(seconds);
    }
    var said = new Said(before.id(), before.chat(), text.orElseThrow(), before.edits() + 1);
    chat.said.put(said.id(), said);
    return done(sent(said));
  }

  private Reply sendChatAction(ObjectNode parameters) {
    var chat = chats.get(parameters.path("chat_id").asLong(0));
    if (chat == null) {
      return error(400, "Bad Request: chat not found");
    }
    if (!text(parameters, "action").equals("typing")) {
      return error(400, "Bad Request: wrong parameter action in request");
    }
    chat.typed++;
    return done(true);
  }

  private static Optional<Reply> refused(@Nullable Chat chat, Optional<String> text) {
    if (chat == null) {
      return Optional.of(error(400, "Bad Request: chat not found"));
    }
    if (chat.closed) {
      return Optional.of(error(403, "Forbidden: bot was blocked by the user"));
    }
    if (text.isEmpty()) {
      return Optional.of(error(400, "Bad Request: can't parse entities: unsupported start tag"));
    }
    if (text.get().isBlank()) {
      return Optional.of(error(400, "Bad Request: message text is empty"));
    }
    if (text.get().length() > LONGEST_TEXT) {
      return Optional.of(error(400, "Bad Request: message is too long"));
    }
    return Optional.empty();
  }

  /** The text without its markup; empty if that is wrong. */
  private static Optional<String> shown(ObjectNode parameters) {
    var text = text(parameters, "text");
    return switch (text(parameters, "parse_mode").toLowerCase(Locale.ROOT)) {
      case "html" -> {
        var bare = TAG.matcher(text).replaceAll("");
        yield bare.contains("<")
            ? Optional.empty()
            : Optional.of(
                bare.replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&amp;", "&"));
      }
      case "markdownv2" ->
          BARE_MARK.matcher(text).find()
              ? Optional.empty()
              : Optional.of(text.replaceAll("\\\\(.)", "$1"));
      default -> Optional.of(text);
    };
  }

  private ObjectNode sent(Said said) {
    var message = StrictJson.write().put("message_id", said.id());
    message.set("from", me());
    message.set("chat", chatOf(said.chat()));
    return message.put("date", clock.instant().getEpochSecond()).put("text", said.text());
  }

  private static String text(ObjectNode parameters, String name) {
    return StrictJson.text(parameters, name);
  }

  /** Lists come as JSON, or as JSON in a text. */
  private static JsonNode list(ObjectNode parameters, String name) {
    var node = parameters.path(name);
    return node.isString()
        ? StrictJson.object("{\"it\":%s}".formatted(node.stringValue()))
            .map(it -> it.path("it"))
            .orElse(node)
        : node;
  }

  private static Reply done(JsonNode result) {
    var body = StrictJson.write().put("ok", true);
    body.set("result", result);
    return Reply.json(body.toString());
  }

  private static Reply done(boolean result) {
    return Reply.json(StrictJson.write().put("ok", true).put("result", result).toString());
  }

  private static Reply error(int status, String description) {
    return error(status, description, StrictJson.write());
  }

  private static Reply tooMany(int seconds) {
    var more = StrictJson.write();
    more.putObject("parameters").put("retry_after", seconds);
    return error(429, "Too Many Requests: retry after " + seconds, more);
  }

  private static Reply error(int status, String description, ObjectNode more) {
    var body = StrictJson.write().put("ok", false).put("error_code", status);
    body.put("description", description).setAll(more);
    var reply = Reply.json(body.toString());
    return new Reply(status, reply.headers(), reply.body());
  }
}
