package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.Keys;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Stands for Slack on loopback, with one app in one workspace: as docs.slack.dev documents it. Its
 * API is at {@link #root}; addresses for events, commands and interactivity are set by methods, as
 * a person does at api.slack.com. Events are sent four times at most: at once, again, after a
 * minute, after five more.
 *
 * <p>Events are sent by {@link #deliverDue}, when a test says so, or by themselves after {@link
 * #start}. Commands and what is pressed are sent at once, and never again.
 */
public final class SlackDouble implements People {
  private static final String TEAM = "T0001";
  private static final String APP = "A0001";
  private static final String SELF = "U0BOT";
  private static final String SELF_BOT = "B0BOT";
  private static final int LONGEST_TEXT = 40_000;
  private static final int USES = 5;
  private static final Duration USABLE = Duration.ofMinutes(30);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final List<Duration> AGAIN =
      List.of(Duration.ZERO, Duration.ofMinutes(1), Duration.ofMinutes(5));

  /**
   * What the app has.
   *
   * @param token the bot's, {@code xoxb-…}
   * @param signing the signing secret
   * @param port 0 for any that is free
   */
  public record Setting(Secret token, Secret signing, int port) {}

  /**
   * A message of the app.
   *
   * @param text as people see it
   * @param thread empty if it is in none
   */
  public record Said(String ts, String channel, String thread, String text, int edits) {}

  /** What became of a command or a press: the status and body of the answer; empty if none came. */
  public record Answered(int status, String body) {}

  private static final class Event {
    final byte[] body;
    int attempts;
    boolean busy;
    Instant due;
    String reason = "";

    Event(byte[] body, Instant due) {
      this.body = body;
      this.due = due;
    }
  }

  private static final class Channel {
    final Pace pace = new Pace();
    final Map<String, Said> said = new TreeMap<>();
    boolean closed;
  }

  private static final class Hook {
    final String channel;
    final Instant until;
    int uses;

    Hook(String channel, Instant until) {
      this.channel = channel;
      this.until = until;
    }
  }

  private final Setting setting;
  private final InstantSource clock;
  private final Loopback loopback;
  private final Map<String, Channel> channels = new HashMap<>();
  private final Map<String, Hook> hooks = new HashMap<>();
  private final List<Event> events = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private @Nullable URI eventAddress;
  private long made = 1_000;
  private boolean down;
  private @Nullable ScheduledExecutorService timer;

  public SlackDouble(Setting setting, InstantSource clock) {
    this.setting = setting;
    this.clock = clock;
    loopback = new Loopback(setting.port(), this::answer);
  }

  @Override
  public URI root() {
    return loopback.root().resolve("/api");
  }

  @Override
  public Secret token() {
    return setting.token();
  }

  /** From now on it sends events by itself. */
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
    }
    loopback.close();
  }

  // What people do

  /**
   * A person saves the address for events: Slack asks it to return a challenge.
   *
   * @return whether it did; otherwise nothing is saved
   */
  public boolean saveEventAddress(URI address) {
    var challenge = "challenge-" + next();
    var body =
        StrictJson.write()
            .put("token", "t")
            .put("challenge", challenge)
            .put("type", "url_verification");
    var answer = loopback.post(address, sends(bytes(body)), PATIENCE);
    var right =
        answer
            .filter(it -> it.statusCode() == 200)
            .map(HttpResponse::body)
            .filter(it -> it.equals(challenge) || it.contains("\"" + challenge + "\""))
            .isPresent();
    synchronized (this) {
      if (right) {
        eventAddress = address;
      }
    }
    return right;
  }

  /** Somebody writes. A channel that begins with D is a conversation with the app alone. */
  public synchronized void says(String user, String channel, String text) {
    known(channel).closed = false;
    send(message(next(), user, channel, text));
  }

  /** Any event of the Events API. */
  public synchronized void happens(ObjectNode event) {
    send(wrapped(next(), event));
  }

  private void send(ObjectNode body) {
    events.add(new Event(bytes(body), clock.instant()));
  }

  /** Somebody types a command, e.g. {@code /status}. */
  public Optional<Answered> commands(
      URI address, String user, String channel, String command, String text) {
    var fields = new TreeMap<String, String>();
    fields.put("token", "t");
    fields.put("team_id", TEAM);
    fields.put("api_app_id", APP);
    fields.put("channel_id", channel);
    fields.put("user_id", user);
    fields.put("command", command);
    fields.put("text", text);
    fields.put("trigger_id", "trigger." + next());
    fields.put("response_url", responseUrl(channel).toString());
    return sendForm(address, fields);
  }

  /** Somebody presses a button under a message of the app. */
  public Optional<Answered> presses(URI address, String user, Said said, String value) {
    var payload = StrictJson.write().put("type", "block_actions").put("api_app_id", APP);
    payload.putObject("team").put("id", TEAM);
    payload.putObject("user").put("id", user);
    payload.putObject("channel").put("id", said.channel());
    payload.putObject("message").put("ts", said.ts());
    payload.put("trigger_id", "trigger." + next());
    payload.put("response_url", responseUrl(said.channel()).toString());
    payload.putArray("actions").addObject().put("action_id", "a").put("value", value);
    return sendForm(address, Map.of("payload", payload.toString()));
  }

  private Optional<Answered> sendForm(URI address, Map<String, String> fields) {
    var body =
        fields.entrySet().stream()
            .map(it -> it.getKey() + "=" + URLEncoder.encode(it.getValue(), UTF_8))
            .collect(Collectors.joining("&"));
    return loopback
        .post(address, form(body.getBytes(UTF_8)), PATIENCE)
        .map(it -> new Answered(it.statusCode(), it.body()));
  }

  private synchronized URI responseUrl(String channel) {
    var path = "/hooks/" + next();
    hooks.put(path, new Hook(channel, clock.instant().plus(USABLE)));
    return loopback.root().resolve(path);
  }

  @Override
  public synchronized void closes(String channel) {
    known(channel).closed = true;
  }

  @Override
  public synchronized void down(boolean down) {
    this.down = down;
  }

  // What people see

  /** What the app said in a channel, in its present words, oldest first. */
  public synchronized List<Said> said(String channel) {
    return List.copyOf(known(channel).said.values());
  }

  @Override
  public List<String> read(String channel) {
    return said(channel).stream().map(Said::text).toList();
  }

  /** The methods that were called so far. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /** Events that are not taken yet, and not given up. */
  public synchronized int waiting() {
    return events.size();
  }

  // As a test of a channel uses it

  @Override
  public Keys keys() {
    return new Keys(setting.signing(), SELF);
  }

  @Override
  public synchronized String chat(int number) {
    var channel = "D%04d".formatted(number);
    known(channel);
    return channel;
  }

  @Override
  public Webhook writes(int notice, String chat, String text) {
    return sends(bytes(message(notice, "U" + chat, chat, text)));
  }

  @Override
  public Webhook botWrites(int notice, String chat, String text) {
    var event = (ObjectNode) message(notice, "U0OTHER", chat, text).path("event");
    return sends(bytes(wrapped(notice, event.put("bot_id", "B0OTHER"))));
  }

  @Override
  public Webhook sends(byte[] body) {
    return signed(setting.signing(), "application/json", body);
  }

  /** A genuine form with any body. */
  public Webhook form(byte[] body) {
    return signed(setting.signing(), "application/x-www-form-urlencoded", body);
  }

  @Override
  public Webhook forged(Webhook request) {
    return signed(Secret.of("some-other-secret"), request.contentType(), request.body());
  }

  private Webhook signed(Secret secret, String type, byte[] body) {
    var timestamp = Long.toString(clock.instant().getEpochSecond());
    return new Webhook(
        "POST",
        Map.of(
            "Content-Type",
            List.of(type),
            "X-Slack-Request-Timestamp",
            List.of(timestamp),
            "X-Slack-Signature",
            List.of(signature(secret, timestamp, body))),
        "",
        body);
  }

  private static String signature(Secret secret, String timestamp, byte[] body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.reveal().getBytes(UTF_8), "HmacSHA256"));
      mac.update(("v0:" + timestamp + ":").getBytes(UTF_8));
      return "v0=" + HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  private ObjectNode message(long notice, String user, String channel, String text) {
    return wrapped(
        notice,
        StrictJson.write()
            .put("type", "message")
            .put("channel", channel)
            .put("user", user)
            .put("text", text)
            .put("ts", "%d.%06d".formatted(clock.instant().getEpochSecond(), notice))
            .put("channel_type", channel.startsWith("D") ? "im" : "channel"));
  }

  private ObjectNode wrapped(long notice, ObjectNode event) {
    var body =
        StrictJson.write()
            .put("token", "t")
            .put("team_id", TEAM)
            .put("api_app_id", APP)
            .put("type", "event_callback")
            .put("event_id", "Ev%08d".formatted(notice))
            .put("event_time", clock.instant().getEpochSecond());
    body.set("event", event);
    return body;
  }

  private static byte[] bytes(ObjectNode json) {
    return json.toString().getBytes(UTF_8);
  }

  private synchronized long next() {
    return ++made;
  }

  private Channel known(String channel) {
    return channels.computeIfAbsent(channel, _ -> new Channel());
  }

  // Events on their way

  /** Sends all events that are due; returns when they are answered. */
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
    var to = eventAddress;
    var begun = new ArrayList<Future<?>>();
    for (var event : events) {
      if (to != null && !event.busy && !event.due.isAfter(clock.instant())) {
        event.busy = true;
        begun.add(loopback.threads().submit(() -> deliver(event, to)));
      }
    }
    return begun;
  }

  private void deliver(Event event, URI to) {
    var plain = sends(event.body);
    var headers = new HashMap<>(plain.headers());
    if (event.attempts > 0) {
      headers.put("X-Slack-Retry-Num", List.of(Integer.toString(event.attempts)));
      headers.put("X-Slack-Retry-Reason", List.of(event.reason));
    }
    var answer = loopback.post(to, new Webhook("POST", headers, "", event.body), PATIENCE);
    synchronized (this) {
      event.busy = false;
      var status = answer.map(HttpResponse::statusCode).orElse(0);
      var stop =
          answer
              .flatMap(it -> it.headers().firstValue("X-Slack-No-Retry"))
              .filter("1"::equals)
              .isPresent();
      if ((status >= 200 && status < 300) || stop || event.attempts == AGAIN.size()) {
        events.remove(event);
        return;
      }
      event.reason = status == 0 ? "http_timeout" : "http_error";
      event.due = clock.instant().plus(AGAIN.get(event.attempts));
      event.attempts++;
    }
  }

  // The API

  private synchronized Reply answer(String path, Webhook request) {
    if (down) {
      return Reply.empty(503);
    }
    var hook = hooks.get(path);
    if (hook != null) {
      return respond(hook, request);
    }
    if (!path.startsWith("/api/")) {
      return Reply.empty(404);
    }
    var method = path.substring("/api/".length());
    calls.add(method);
    var authorization = request.only("authorization").orElse("");
    if (authorization.isEmpty()) {
      return error("not_authed");
    }
    // As a secret: what a test failure prints shows no token.
    if (!Secret.of(authorization).equals(Secret.of("Bearer " + setting.token().reveal()))) {
      return error("invalid_auth");
    }
    var parameters = parameters(request);
    return switch (method) {
      case "auth.test" -> whoWeAre();
      case "chat.postMessage" -> parameters.map(this::post).orElseGet(() -> error("invalid_json"));
      case "chat.update" -> parameters.map(this::update).orElseGet(() -> error("invalid_json"));
      default -> error("unknown_method");
    };
  }

  private static Optional<ObjectNode> parameters(Webhook request) {
    if (request.contentType().equals("application/json")) {
      return StrictJson.object(request.body());
    }
    var all = StrictJson.write();
    Loopback.form(new String(request.body(), UTF_8)).forEach(all::put);
    return Optional.of(all);
  }

  private static Reply whoWeAre() {
    return done(
        StrictJson.write()
            .put("url", "https://double.slack.example/")
            .put("team", "Double")
            .put("user", "rockpool")
            .put("team_id", TEAM)
            .put("user_id", SELF)
            .put("bot_id", SELF_BOT));
  }

  private Reply post(ObjectNode parameters) {
    var name = StrictJson.text(parameters, "channel");
    var channel = channels.get(name);
    var text = StrictJson.text(parameters, "text");
    var refused = refused(channel, text);
    if (channel == null || refused.isPresent()) {
      return refused.orElseThrow();
    }
    var ts = "%d.%06d".formatted(clock.instant().getEpochSecond(), next());
    var said = new Said(ts, name, StrictJson.text(parameters, "thread_ts"), shown(text), 0);
    channel.said.put(ts, said);
    return done(StrictJson.write().put("channel", name).put("ts", ts));
  }

  private Reply update(ObjectNode parameters) {
    var name = StrictJson.text(parameters, "channel");
    var channel = channels.get(name);
    var text = StrictJson.text(parameters, "text");
    var refused = refused(channel, text);
    if (channel == null || refused.isPresent()) {
      return refused.orElseThrow();
    }
    var before = channel.said.get(StrictJson.text(parameters, "ts"));
    if (before == null) {
      return error("message_not_found");
    }
    channel.said.put(
        before.ts(), new Said(before.ts(), name, before.thread(), shown(text), before.edits() + 1));
    return done(StrictJson.write().put("channel", name).put("ts", before.ts()));
  }

  private Optional<Reply> refused(@Nullable Channel channel, String text) {
    if (channel == null) {
      return Optional.of(error("channel_not_found"));
    }
    if (channel.closed) {
      return Optional.of(error("not_in_channel"));
    }
    if (text.isBlank()) {
      return Optional.of(error("no_text"));
    }
    if (text.codePointCount(0, text.length()) > LONGEST_TEXT) {
      return Optional.of(error("msg_too_long"));
    }
    var seconds = channel.pace.take(clock.instant());
    if (seconds > 0) {
      var limited = error("ratelimited");
      return Optional.of(
          new Reply(429, limited.headers(), limited.body())
              .with("Retry-After", Integer.toString(seconds)));
    }
    return Optional.empty();
  }

  /** An answer to a command, by its {@code response_url}. */
  private Reply respond(Hook hook, Webhook request) {
    var text = StrictJson.object(request.body()).map(it -> StrictJson.text(it, "text")).orElse("");
    if (clock.instant().isAfter(hook.until)) {
      return new Reply(404, Map.of(), "expired_url");
    }
    if (++hook.uses > USES) {
      return new Reply(404, Map.of(), "used_url");
    }
    if (text.isBlank()) {
      return new Reply(400, Map.of(), "no_text");
    }
    var ts = "%d.%06d".formatted(clock.instant().getEpochSecond(), next());
    known(hook.channel).said.put(ts, new Said(ts, hook.channel, "", shown(text), 0));
    return new Reply(200, Map.of(), "ok");
  }

  private static String shown(String text) {
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
  }

  private static Reply done(ObjectNode body) {
    return Reply.json(StrictJson.write().put("ok", true).setAll(body).toString());
  }

  private static Reply error(String error) {
    return Reply.json(StrictJson.write().put("ok", false).put("error", error).toString());
  }
}
