package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** The JDK's client, direct: no proxy, no redirects, HTTP/1.1 only. */
final class HttpGateway implements Gateway {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int MAX_BODY = 64 << 10;

  /** A configuration is shown five times over. */
  private static final int MAX_CONFIG = 4 << 20;

  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,128}");

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient probing = client();

  private HttpClient client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .proxy(HttpClient.Builder.NO_PROXY)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(CONNECT)
        .executor(threads)
        .build();
  }

  /** What came of sending a request: its headers, or why not. */
  private sealed interface Exchange {
    record Opened(int status, Arriving body) implements Exchange {}

    /** Not sent. */
    record NoConnection() implements Exchange {}

    /** Sent, perhaps. */
    record Lost(String why) implements Exchange {}
  }

  @Override
  public Readiness ready(URI gateway, Duration deadline) throws InterruptedException {
    var deadlineNanos = deadlineOf(deadline);
    if (!(probe(gateway, "/startupz", deadlineNanos) instanceof Answer.Said startup)) {
      return new Readiness.Silent("Nobody answers there: the instance is down or just starting.");
    }
    var phase = startup.body().path("status").asString("");
    if (startup.status() == 503) {
      return new Readiness.NotYet(phase.isEmpty() ? "starting" : phase);
    }
    if (startup.status() != 200 || !phase.equals("started")) {
      return new Readiness.Silent("What answers there is no OpenClaw gateway.");
    }
    if (!(probe(gateway, "/readyz", deadlineNanos) instanceof Answer.Said ready)) {
      return new Readiness.Silent("The gateway stopped answering: ask again.");
    }
    if (ready.status() == 200) {
      return new Readiness.Ready();
    }
    var failing = new ArrayList<String>();
    ready.body().path("failing").forEach(name -> failing.add(name.asString("")));
    return failing.contains("gateway-draining")
        ? new Readiness.NotYet("draining")
        : new Readiness.Impaired(failing);
  }

  @Override
  public Optional<GatewayConfig> config(URI gateway, Secret password, Duration deadline)
      throws InterruptedException {
    var request = rpc(gateway, password, "config.get", JSON.createObjectNode());
    var answer = asked(probing, request, MAX_CONFIG, deadlineOf(deadline));
    if (!(answer instanceof Answer.Said(var status, var body)) || status != 200) {
      return Optional.empty();
    }
    var config = body.path("payload");
    var revision = config.path("configRevisionHash").asString("");
    if (revision.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new GatewayConfig(
            config.path("parsed"),
            config.path("valid").asBoolean(false),
            revision.equals(config.path("appliedConfigHash").asString(""))));
  }

  @Override
  public Reply say(
      URI gateway, Secret password, Message message, Consumer<String> onText, Duration deadline)
      throws InterruptedException {
    return say(
        gateway, password, message.sessionKey(), body(message), onText, deadlineOf(deadline));
  }

  private Reply say(
      URI gateway,
      Secret password,
      String sessionKey,
      String body,
      Consumer<String> onText,
      long deadlineNanos)
      throws InterruptedException {
    var request =
        HttpRequest.newBuilder(gateway.resolve("/v1/chat/completions"))
            .header("Authorization", "Bearer " + password.reveal())
            .header("Content-Type", "application/json")
            .header("Accept", "text/event-stream")
            .header("x-openclaw-session-key", sessionKey)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    // A connection of its own: a kept one may be closed by the gateway in the very moment in which
    // the message goes out, and then nobody knows whether it was seen.
    var client = client();
    try {
      return switch (exchange(client, request, deadlineNanos)) {
        case Exchange.NoConnection _ ->
            new Reply.Unreachable("The instance does not answer: wake it, then say it again.");
        case Exchange.Lost(var why) -> new Reply.Broken("", why);
        case Exchange.Opened(var status, var answer) when status == 200 ->
            answer(answer, onText, deadlineNanos);
        case Exchange.Opened(var status, var answer) -> refused(status, answer, deadlineNanos);
      };
    } finally {
      client.shutdownNow(); // hangs up, also when the listener throws or the caller is interrupted
    }
  }

  private static Reply answer(Arriving body, Consumer<String> onText, long deadlineNanos)
      throws InterruptedException {
    var stream = new AnswerStream(onText);
    while (true) {
      switch (body.next(deadlineNanos)) {
        case Arriving.Part.Bytes(var buffers) -> {
          for (var buffer : buffers) {
            switch (stream.take(buffer)) {
              case AnswerStream.State.Open _ -> {}
              case AnswerStream.State.Done _ -> {
                return new Reply.Answered(stream.text(), stream.usage());
              }
              case AnswerStream.State.Failed(var advice) -> {
                return new Reply.Broken(stream.text(), advice);
              }
            }
          }
        }
        case Arriving.Part.End _, Arriving.Part.Failed _ -> {
          return new Reply.Broken(
              stream.text(), "The instance stopped while it answered: look at the conversation.");
        }
        case Arriving.Part.Late _ -> {
          return new Reply.Broken(
              stream.text(), "The answer took too long and was given up: ask for less, or again.");
        }
      }
    }
  }

  private static Reply refused(int status, Arriving body, long deadlineNanos)
      throws InterruptedException {
    var text = small(body, MAX_BODY, deadlineNanos);
    return new Reply.Refused(status, Advice.ofStatus(status, text == null ? "" : text));
  }

  @Override
  public Turn turn(
      URI gateway,
      Secret password,
      Message message,
      String key,
      Consumer<String> onText,
      Duration deadline)
      throws InterruptedException {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException("a key of a turn has 1 to 128 visible ASCII characters");
    }
    var deadlineNanos = deadlineOf(deadline);
    var client = client();
    try {
      var connected = GatewaySocket.open(client, gateway, password, deadlineNanos);
      if (connected.isEmpty()) {
        return new Turn.Unreachable("The instance does not answer, or does not let Rockpool in.");
      }
      try (var socket = connected.get()) {
        return new TurnTalk(socket, message, key, onText, deadlineNanos).toItsEnd();
      }
    } finally {
      client.shutdownNow();
    }
  }

  @Override
  public Rehearsal rehearse(URI gateway, Secret password, String agent, Duration deadline)
      throws InterruptedException {
    var deadlineNanos = deadlineOf(deadline);
    var client = client();
    try {
      var connected = GatewaySocket.open(client, gateway, password, deadlineNanos);
      if (connected.isEmpty()) {
        return new Rehearsal.Failed("The instance does not let Rockpool in: look at its log.");
      }
      try (var socket = connected.get()) {
        return rehearse(socket, gateway, password, agent, deadlineNanos);
      }
    } finally {
      client.shutdownNow();
    }
  }

  private Rehearsal rehearse(
      GatewaySocket socket, URI gateway, Secret password, String agent, long deadlineNanos)
      throws InterruptedException {
    // One that it stores: to open its database for writing takes long the first time, too.
    var message = new Message(agent, "rehearsal", ".");
    var key = message.sessionKey();
    var reply = say(gateway, password, key, body(message), _ -> {}, deadlineNanos);
    var isDeleted =
        socket
            .ask("sessions.delete", JSON.createObjectNode().put("key", key), deadlineNanos)
            .map(it -> it.path("deleted").asBoolean(false))
            .orElse(false);
    return switch (reply) {
      case Reply.Answered _ when isDeleted -> new Rehearsal.Done();
      case Reply.Answered _ ->
          new Rehearsal.Failed("The instance does not forget a conversation: look at its log.");
      case Reply.Unreachable(var advice) -> new Rehearsal.Failed(advice);
      case Reply.Refused(_, var advice) -> new Rehearsal.Failed(advice);
      case Reply.Broken(_, var advice) -> new Rehearsal.Failed(advice);
    };
  }

  @Override
  public Pairings pairings(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException {
    var params = JSON.createObjectNode().put("channel", platform);
    return PairingAnswers.list(
        overSocket(gateway, password, "channels.pairing.list", params, deadline));
  }

  @Override
  public Pairings.Approval approve(
      URI gateway, Secret password, String platform, String request, Duration deadline)
      throws InterruptedException {
    var params =
        JSON.createObjectNode()
            .put("channel", platform)
            .put("accountId", ChatConfig.ONLY)
            .put("requestId", request)
            .put("notify", true);
    return PairingAnswers.approval(
        overSocket(gateway, password, "channels.pairing.approve", params, deadline));
  }

  /** One question over a socket of its own; empty when it does not answer. */
  private Optional<JsonNode> overSocket(
      URI gateway, Secret password, String method, ObjectNode params, Duration deadline)
      throws InterruptedException {
    var deadlineNanos = deadlineOf(deadline);
    var client = client();
    try {
      var connected = GatewaySocket.open(client, gateway, password, deadlineNanos);
      if (connected.isEmpty()) {
        return Optional.empty();
      }
      try (var socket = connected.get()) {
        return socket.answer(method, params, deadlineNanos);
      }
    } finally {
      client.shutdownNow();
    }
  }

  @Override
  public Linking link(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException {
    var params = onlyAccount(platform).put("timeoutMs", inside(deadline).toMillis());
    return LinkAnswers.linking(
        ask(gateway, password, "web.login.start", params, deadlineOf(deadline)));
  }

  @Override
  public Linking linked(
      URI gateway, Secret password, String platform, String shown, Duration patience)
      throws InterruptedException {
    var params =
        onlyAccount(platform).put("timeoutMs", patience.toMillis()).put("currentQrDataUrl", shown);
    return LinkAnswers.linking(
        ask(gateway, password, "web.login.wait", params, deadlineOf(patience.plus(CONNECT))));
  }

  @Override
  public LinkedAccount account(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException {
    return account(gateway, password, platform, deadlineOf(deadline));
  }

  private LinkedAccount account(URI gateway, Secret password, String platform, long deadlineNanos)
      throws InterruptedException {
    var params = JSON.createObjectNode().put("channel", platform).put("probe", false);
    return LinkAnswers.account(
        ask(gateway, password, "channels.status", params, deadlineNanos), platform);
  }

  @Override
  public void connect(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException {
    var _ =
        ask(
            gateway,
            password,
            "channels.start",
            onlyAccount(platform),
            deadlineOf(deadline)); // its account says what came of it
  }

  @Override
  public LinkedAccount unlink(URI gateway, Secret password, String platform, Duration deadline)
      throws InterruptedException {
    var deadlineNanos = deadlineOf(deadline);
    var params = onlyAccount(platform);
    var done = ask(gateway, password, "channels.logout", params, deadlineNanos);
    return LinkAnswers.isLoggedOut(done)
        ? account(gateway, password, platform, deadlineNanos)
        : new LinkedAccount.Unavailable("The instance does not log out: try again in a moment.");
  }

  private static ObjectNode onlyAccount(String platform) {
    return JSON.createObjectNode().put("channel", platform).put("accountId", ChatConfig.ONLY);
  }

  /** A little less, so that the gateway gives up first, and says why. */
  private static Duration inside(Duration deadline) {
    return deadline.multipliedBy(3).dividedBy(4);
  }

  @Override
  public Suspension suspend(URI gateway, Secret password, Duration deadline)
      throws InterruptedException {
    var deadlineNanos = deadlineOf(deadline);
    var prepared = prepare(gateway, password, deadlineNanos);
    if (prepared.suspension() instanceof Suspension.Busy busy && prepared.id() != null) {
      // A busy one goes on working: nobody is left with a gateway that is neither.
      return switch (end(gateway, password, prepared.id(), deadlineNanos)) {
        case Resumption.Running _ -> busy;
        case Resumption.Unavailable(var advice) -> new Suspension.Unavailable(advice);
      };
    }
    return prepared.suspension();
  }

  @Override
  public Resumption resume(
      URI gateway, Secret password, @Nullable String suspensionId, Duration deadline)
      throws InterruptedException {
    var deadlineNanos = deadlineOf(deadline);
    var id = suspensionId == null ? SleepAnswers.NO_ID : suspensionId;
    return switch (resume(gateway, password, id, deadlineNanos)) {
      case SleepAnswers.Resumed.Done(var resumption) -> resumption;
      case SleepAnswers.Resumed.OtherId _ -> resumeOurs(gateway, password, deadlineNanos);
    };
  }

  /** By suspending it once more, which names the suspension that there is. */
  private Resumption resumeOurs(URI gateway, Secret password, long deadlineNanos)
      throws InterruptedException {
    var prepared = prepare(gateway, password, deadlineNanos);
    if (prepared.id() != null) {
      return end(gateway, password, prepared.id(), deadlineNanos);
    }
    return switch (prepared.suspension()) {
      // The other one has run out, and work has begun.
      case Suspension.Busy busy when busy.reason().equals(SleepAnswers.ACTIVE_WORK) ->
          new Resumption.Running();
      case Suspension.Busy busy when busy.reason().equals(SleepAnswers.TOO_OFTEN) ->
          new Resumption.Unavailable(
              "The instance was asked too often: ask again in %d seconds."
                  .formatted(busy.retryAfter().toSeconds() + 1));
      case Suspension.Busy _, Suspension.Ready _ ->
          new Resumption.Unavailable("The instance ends or restarts: ask again.");
      case Suspension.Unavailable(var advice) -> new Resumption.Unavailable(advice);
    };
  }

  /** Of a suspension that was in force a moment ago. */
  private Resumption end(URI gateway, Secret password, String suspensionId, long deadlineNanos)
      throws InterruptedException {
    return switch (resume(gateway, password, suspensionId, deadlineNanos)) {
      case SleepAnswers.Resumed.Done(var resumption) -> resumption;
      case SleepAnswers.Resumed.OtherId _ -> new Resumption.Unavailable(SleepAnswers.OTHERS_HOLD);
    };
  }

  private SleepAnswers.Prepared prepare(URI gateway, Secret password, long deadlineNanos)
      throws InterruptedException {
    // Without a policy for terminals: an open one keeps the gateway awake.
    var params = JSON.createObjectNode().put("requestId", SleepAnswers.REQUEST_ID);
    return SleepAnswers.prepared(
        ask(gateway, password, "gateway.suspend.prepare", params, deadlineNanos));
  }

  private SleepAnswers.Resumed resume(
      URI gateway, Secret password, String suspensionId, long deadlineNanos)
      throws InterruptedException {
    return SleepAnswers.resumed(
        ask(
            gateway,
            password,
            "gateway.suspend.resume",
            JSON.createObjectNode().put("suspensionId", suspensionId),
            deadlineNanos));
  }

  @Override
  public NextWake nextWake(URI gateway, Secret password, Duration deadline)
      throws InterruptedException {
    return SleepAnswers.nextWake(
        ask(gateway, password, "cron.status", JSON.createObjectNode(), deadlineOf(deadline)));
  }

  /**
   * On a connection of its own: a kept one may be closed by a gateway that was frozen in the moment
   * in which it is thawed.
   */
  private Answer ask(
      URI gateway, Secret password, String method, ObjectNode params, long deadlineNanos)
      throws InterruptedException {
    var client = client();
    try {
      return asked(client, rpc(gateway, password, method, params), MAX_BODY, deadlineNanos);
    } finally {
      client.shutdownNow();
    }
  }

  private static HttpRequest rpc(URI gateway, Secret password, String method, ObjectNode params) {
    var body = JSON.createObjectNode().put("id", "1").put("method", method);
    body.set("params", params);
    return HttpRequest.newBuilder(gateway.resolve("/api/v1/admin/rpc"))
        .header("Authorization", "Bearer " + password.reveal())
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
        .build();
  }

  private static long deadlineOf(Duration deadline) {
    return System.nanoTime() + deadline.toNanos();
  }

  private Answer probe(URI gateway, String path, long deadlineNanos) throws InterruptedException {
    var request = HttpRequest.newBuilder(gateway.resolve(path)).GET().build();
    return asked(probing, request, MAX_BODY, deadlineNanos);
  }

  private static Answer asked(HttpClient client, HttpRequest request, int limit, long deadlineNanos)
      throws InterruptedException {
    if (!(exchange(client, request, deadlineNanos)
        instanceof Exchange.Opened(var status, var body))) {
      return new Answer.Silence();
    }
    try {
      var text = small(body, limit, deadlineNanos);
      return text == null ? new Answer.Silence() : new Answer.Said(status, JSON.readTree(text));
    } catch (JacksonException _) {
      return new Answer.Said(status, MissingNode.getInstance());
    } finally {
      body.drop();
    }
  }

  private static Exchange exchange(HttpClient client, HttpRequest request, long deadlineNanos)
      throws InterruptedException {
    var sent = client.sendAsync(request, BodyHandlers.ofPublisher());
    try {
      var response = sent.get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      return new Exchange.Opened(response.statusCode(), subscribe(response));
    } catch (TimeoutException _) {
      abandon(sent);
      return new Exchange.Lost("The instance did not answer in time: look at the conversation.");
    } catch (InterruptedException e) {
      abandon(sent);
      throw e;
    } catch (ExecutionException e) {
      return switch (e.getCause()) {
        case ConnectException _, HttpConnectTimeoutException _, UnresolvedAddressException _ ->
            new Exchange.NoConnection();
        case IOException _ ->
            new Exchange.Lost("The instance hung up before it answered: look at the conversation.");
        case null, default -> throw new IllegalStateException("the HTTP client failed", e);
      };
    }
  }

  /** Closes the connection, also when the headers came in this very moment. */
  private static void abandon(
      CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> sent) {
    if (!sent.cancel(true)) {
      var _ = sent.thenAccept(response -> subscribe(response).drop());
    }
  }

  private static Arriving subscribe(HttpResponse<Flow.Publisher<List<ByteBuffer>>> response) {
    var arriving = new Arriving();
    response.body().subscribe(arriving);
    return arriving;
  }

  /** The first {@code limit} bytes of a body; null when it does not come. */
  private static @Nullable String small(Arriving body, int limit, long deadlineNanos)
      throws InterruptedException {
    var bytes = new ByteArrayOutputStream();
    while (bytes.size() < limit) {
      switch (body.next(deadlineNanos)) {
        case Arriving.Part.Bytes(var buffers) ->
            buffers.forEach(buffer -> {
              var piece = new byte[Math.min(buffer.remaining(), limit - bytes.size())];
              buffer.get(piece);
              bytes.writeBytes(piece);
            });
        case Arriving.Part.End _ -> {
          return bytes.toString(StandardCharsets.UTF_8);
        }
        case Arriving.Part.Failed _, Arriving.Part.Late _ -> {
          return null;
        }
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static String body(Message message) {
    var body = JSON.createObjectNode();
    body.put("model", "openclaw/" + message.agent());
    body.put("stream", true);
    body.putObject("stream_options").put("include_usage", true);
    body.putArray("messages").addObject().put("role", "user").put("content", message.text());
    return body.toString();
  }

  @Override
  public void close() {
    probing.shutdownNow();
    threads.shutdownNow();
  }
}
