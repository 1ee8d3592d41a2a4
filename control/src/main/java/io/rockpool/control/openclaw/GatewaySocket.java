package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A WebSocket to a gateway, for what it offers nowhere else (gateway/protocol, version 4). For one
 * thread; one question at a time.
 */
final class GatewaySocket implements WebSocket.Listener, AutoCloseable {
  private static final int PROTOCOL = 4;
  private static final int LONGEST_FRAME = 4 << 20;
  private static final int MOST_FRAMES = 64;
  private static final int MOST_EVENTS = 256;

  /** A gateway ticks every 30 seconds. */
  private static final Duration SILENCE = Duration.ofSeconds(100);

  private static final JsonMapper JSON = new JsonMapper();

  /** Stands for the end of the connection. */
  private static final JsonNode ENDED = MissingNode.getInstance();

  private final LinkedBlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>(MOST_FRAMES);
  private final LinkedBlockingQueue<JsonNode> events = new LinkedBlockingQueue<>(MOST_EVENTS);
  private final StringBuilder frame = new StringBuilder();
  private @Nullable WebSocket socket;
  private int asked;
  private volatile String conversation = "";
  private volatile boolean ended;
  private volatile long lastFrame = System.nanoTime();

  /** Connects as Rockpool itself; empty when it is not let in. */
  static Optional<GatewaySocket> open(
      HttpClient http, URI gateway, Secret password, long deadlineNanos)
      throws InterruptedException {
    var opened = new GatewaySocket();
    boolean isLetIn = false;
    try {
      isLetIn = opened.connect(http, gateway, password, deadlineNanos);
      return isLetIn ? Optional.of(opened) : Optional.empty();
    } finally {
      if (!isLetIn) {
        opened.close();
      }
    }
  }

  private boolean connect(HttpClient http, URI gateway, Secret password, long deadlineNanos)
      throws InterruptedException {
    var opening =
        http.newWebSocketBuilder().buildAsync(URI.create("ws://" + gateway.getAuthority()), this);
    try {
      socket = opening.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      opening.cancel(true);
      return false;
    }
    // It speaks first: the challenge is for those who show a device instead of the password.
    if (next("type", "event", deadlineNanos).isEmpty()) {
      return false;
    }
    var hello = JSON.createObjectNode();
    hello.put("minProtocol", PROTOCOL).put("maxProtocol", PROTOCOL).put("role", "operator");
    hello.putArray("caps");
    hello
        .putArray("scopes")
        .add("operator.admin")
        .add("operator.read")
        .add("operator.write")
        .add("operator.pairing");
    hello
        .putObject("client")
        .put("id", "gateway-client")
        .put("version", "1.0.0")
        .put("platform", "linux")
        .put("mode", "backend");
    hello.putObject("auth").put("password", password.reveal());
    return ask("connect", hello, deadlineNanos).isPresent();
  }

  /** What it answered; empty when it refused or did not. */
  Optional<JsonNode> ask(String method, ObjectNode params, long deadlineNanos)
      throws InterruptedException {
    return answer(method, params, deadlineNanos)
        .filter(answer -> answer.path("ok").asBoolean(false))
        .map(answer -> answer.path("payload"));
  }

  /**
   * The whole answer: {@code ok}, and {@code payload} or {@code error}; empty when it did not
   * answer.
   */
  Optional<JsonNode> answer(String method, ObjectNode params, long deadlineNanos)
      throws InterruptedException {
    var to = socket;
    if (to == null) {
      return Optional.empty();
    }
    var id = "r" + asked++;
    var request = JSON.createObjectNode().put("type", "req").put("id", id).put("method", method);
    request.set("params", params);
    try {
      to.sendText(request.toString(), true)
          .get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    }
    return next("id", id, deadlineNanos);
  }

  /** From now on what is told about that conversation is kept, for {@link #heard}. */
  void listenTo(String sessionKey) {
    conversation = sessionKey;
  }

  /**
   * The next thing that it tells about the conversation.
   *
   * @return empty when there is none until then, or the connection is gone: see {@link #isOpen}
   */
  Optional<JsonNode> heard(long deadlineNanos) throws InterruptedException {
    var next = events.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    return next == null || next.isMissingNode() ? Optional.empty() : Optional.of(next);
  }

  /** Whether it can still say something: it does so twice a minute, whatever happens. */
  boolean isOpen() {
    return !ended && System.nanoTime() - lastFrame < SILENCE.toNanos();
  }

  private Optional<JsonNode> next(String field, String value, long deadlineNanos)
      throws InterruptedException {
    while (true) {
      var next = frames.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (next == null || next.isMissingNode()) {
        return Optional.empty();
      }
      if (next.path(field).asString("").equals(value)) {
        return Optional.of(next);
      }
    }
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    if (frame.length() + data.length() > LONGEST_FRAME) {
      from.abort();
      end();
      return null;
    }
    frame.append(data);
    if (last) {
      take(frame.toString());
      frame.setLength(0);
    }
    from.request(1);
    return null;
  }

  /** Keeps answers, the greeting, and what is listened to; the rest is for other clients. */
  private void take(String text) {
    lastFrame = System.nanoTime();
    try {
      var read = JSON.readTree(text);
      if (isListenedTo(read)) {
        keep(read.path("payload"));
        return;
      }
      var isForUs =
          read.path("type").asString("").equals("res")
              || read.path("event").asString("").equals("connect.challenge");
      if (isForUs && !frames.offer(read)) {
        end();
      }
    } catch (JacksonException noJson) {
      end();
    }
  }

  private boolean isListenedTo(JsonNode frame) {
    return !conversation.isEmpty()
        && frame.path("event").asString("").equals("chat")
        && frame.at("/payload/sessionKey").asString("").equalsIgnoreCase(conversation);
  }

  /** What is written so far is in each of its pieces, so that some may be left out. */
  private void keep(JsonNode event) {
    boolean isPiece = event.path("state").asString("").equals("delta");
    while (!events.offer(event) && !isPiece) {
      var _ = events.poll();
    }
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    end();
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    end();
  }

  private void end() {
    ended = true;
    frames.clear();
    var _ = frames.offer(ENDED);
    while (!events.offer(ENDED)) {
      var _ = events.poll();
    }
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.abort();
    }
  }
}
