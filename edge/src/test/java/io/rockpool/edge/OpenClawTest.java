package io.rockpool.edge;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.edge.Gate.Answer;
import io.rockpool.edge.model.DemoModel;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.FileSearch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The real OpenClaw behind the edge, with the demo model as its model. */
@Tag("openclaw")
@EnabledIfEnvironmentVariable(
    named = "ROCKPOOL_TEST_OPENCLAW",
    matches = ".+",
    disabledReason = "no OpenClaw here: set ROCKPOOL_TEST_OPENCLAW to the folder of an install")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class OpenClawTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Secret PROOF = Secret.of("pq7z3c9d1e5b2a4c6d");

  /** What a hosted instance needs; its owner may do everything, as in Rockpool. */
  private static final String CONFIG =
      """
      {
        "gateway": {
          "mode": "local", "bind": "loopback",
          "auth": { "mode": "trusted-proxy", "password": "local-only-password",
            "identityScopes": { "owner": ["operator.admin"] },
            "trustedProxy": { "userHeader": "USER_HEADER", "requiredHeaders": ["x-rockpool-edge"],
              "allowUsers": ["owner"], "allowLoopback": true,
              "deviceAutoApprove": { "enabled": true, "scopes": ["operator.read", "operator.write",
                "operator.approvals", "operator.questions"] } } },
          "trustedProxies": ["127.0.0.1"],
          "controlUi": { "enabled": true, "basePath": "/i/ada",
            "allowedOrigins": ["ORIGIN"] },
          "terminal": { "enabled": false },
          "http": { "endpoints": { "chatCompletions": { "enabled": true } } }
        },
        "discovery": { "mdns": { "mode": "off" } },
        "update": { "checkOnStart": false, "auto": { "enabled": false } },
        "telemetry": { "enabled": false }, "browser": { "enabled": false },
        "logging": { "consoleStyle": "json", "file": "${HOME}/gateway.log" },
        "models": { "mode": "replace", "catalogRefresh": { "enabled": false },
          "providers": { "rockpool": { "baseUrl": "BASE_URL", "apiKey": "virtual-key",
            "api": "openai-completions",
            "models": [{ "id": "demo", "name": "Demo", "reasoning": false, "input": ["text"],
              "cost": { "input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0 },
              "contextWindow": 200000, "maxTokens": 8192 }] } } },
        "agents": { "ownership": "explicit",
          "defaults": { "model": { "primary": "rockpool/demo" }, "skipBootstrap": true,
            "skills": [], "heartbeat": { "every": "0m", "agentId": "main" },
            "systemAgent": { "agentId": "main" } },
          "entries": { "main": { "workspace": "${HOME}/workspace" } } },
        "tools": { "profile": "messaging" },
        "skills": { "workshop": { "autonomous": { "mode": "off" } } },
        "plugins": { "allow": ["admin-http-rpc", "memory-core"],
          "entries": { "admin-http-rpc": { "enabled": true }, "memory-core": { "config": { "dreaming": { "enabled": false } } } } }
      }
      """;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Server server = EdgeGround.server();
  private final Freezer freezer = new Freezer();
  private @Nullable Process gateway;
  private int port;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit makes it
  private static Path folder;

  @BeforeAll
  void start() throws IOException {
    var install =
        Path.of(System.getenv().getOrDefault("ROCKPOOL_TEST_OPENCLAW", ""), "node_modules/.bin");
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Gate gate = (_, _, _) -> new Answer.To(URI.create("http://127.0.0.1:" + port), "owner", PROOF);
    server.setHandler(
        new Handler.Sequence(
            new Passage(
                EdgeSettings.DEFAULT,
                gate,
                Traffic.UNHEARD,
                freezer,
                new Turns(),
                Duration.ofSeconds(2)),
            new DemoModel(InstantSource.system())));
    EdgeGround.start(server);
    var home = Files.createDirectories(folder.resolve("home"));
    var temporary = Files.createDirectories(folder.resolve("tmp"));
    var config = Files.createDirectories(folder.resolve("config")).resolve("openclaw.json");
    Files.createFile(
        config, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(
        config,
        CONFIG
            .replace("USER_HEADER", EdgeHeaders.userHeader(PROOF))
            .replace("ORIGIN", EdgeHeaders.ORIGIN)
            .replace("BASE_URL", uri(DemoModel.PATH).toString()));
    var builder =
        new ProcessBuilder(install.resolve("openclaw").toString(), "gateway")
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("console.log").toFile());
    var environment = builder.environment();
    environment.clear();
    environment.put("PATH", install + ":/usr/bin:/bin");
    environment.put("HOME", home.toString());
    environment.put("TMPDIR", temporary.toString());
    environment.put("OPENCLAW_STATE_DIR", home.resolve(".openclaw").toString());
    environment.put("OPENCLAW_CONFIG_PATH", config.toString());
    environment.put("OPENCLAW_GATEWAY_PORT", Integer.toString(port));
    environment.put("OPENCLAW_CONFIG_READONLY", "1");
    environment.put("OPENCLAW_NO_RESPAWN", "1");
    environment.put("OPENCLAW_OFFLINE", "1");
    environment.put("OPENCLAW_TRAJECTORY", "0"); // its record of a turn copies the configuration
    environment.put("NODE_OPTIONS", "--max-old-space-size=384");
    gateway = builder.start();
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> get("/i/ada/readyz").body().contains("\"ready\":true"));
  }

  @AfterAll
  void stop() throws InterruptedException {
    http.shutdownNow();
    if (gateway != null) {
      freezer.wake(EdgeGround.ADA);
      var children = gateway.descendants().toList();
      gateway.destroy();
      if (!gateway.waitFor(30, TimeUnit.SECONDS)) {
        gateway.destroyForcibly().waitFor();
      }
      children.forEach(ProcessHandle::destroyForcibly);
    }
    EdgeGround.stop(server);
  }

  @Test
  void the_control_ui_is_served_below_its_base_path() throws Exception {
    assertThat(get("/i/ada/").body()).contains("data-openclaw-control-ui-base-path=\"/i/ada\"");
    assertThat(get("/i/ada/control-ui-config.json").statusCode()).isEqualTo(200);
    assertThat(get("/i/ada/v1/models").body()).contains("\"id\":\"openclaw\"");
  }

  @Test
  void conversations_keep_their_history_and_do_not_mix() throws Exception {
    assertThat(said("eva", "I am Eva")).contains("\"I am Eva\" (message 1 of this conversation)");
    assertThat(said("eva", "still me")).contains("\"still me\" (message 2 of this conversation)");
    assertThat(said("tom", "I am Tom")).contains("\"I am Tom\" (message 1 of this conversation)");
  }

  @Test
  void the_control_ui_talks_over_its_websocket_without_a_token() throws Exception {
    var frames = new Frames();
    var socket = connect(frames);

    socket
        .sendText(
            """
            {"type":"req","id":"2","method":"chat.send","params":{"sessionKey":"agent:main:main",
             "message":"hello from a page","idempotencyKey":"k1"}}
            """,
            true)
        .join();

    var last =
        frames.next(it ->
            it.path("event").asString("").equals("chat")
                && it.at("/payload/state").asString("").equals("final"));
    assertThat(last.toString()).contains("hello from a page", "message 1 of this conversation");
    assertThat(last.toString()).doesNotContain("openclaw:ctx", "Conversation info");
    socket.abort();
  }

  @Test
  void a_page_stays_open_and_may_speak_while_its_gateway_is_suspended_and_frozen()
      throws Exception {
    var frames = new Frames();
    var socket = connect(frames);
    // The gateway's own, every 30 s: what the edge says in its place looks the same, but for seq.
    var own = frames.next(it -> it.path("event").asString("").equals("tick"));
    assertThat(own.at("/payload/ts").isIntegralNumber()).as("%s", own).isTrue();
    assertThat(own.path("seq").isIntegralNumber()).as("%s", own).isTrue();

    freezer.sleep();
    socket
        .sendText(
            """
            {"type":"req","id":"5","method":"sessions.catalog.list","params":{"agentId":"main",
             "limitPerHost":40,"progressId":"p1","allowPartialResults":true}}
            """,
            true)
        .join();
    for (int i = 0; i < 2; i++) {
      var tick = frames.next(it -> it.path("event").asString("").equals("tick"));
      assertThat(tick.path("seq").isMissingNode()).as("%s", tick).isTrue();
      assertThat(tick.at("/payload/ts").asLong()).isGreaterThan(own.at("/payload/ts").asLong());
    }
    assertThat(freezer.woken.get()).isZero();

    socket
        .sendText(
            """
            {"type":"req","id":"6","method":"chat.send","params":{"sessionKey":"agent:main:late",
             "message":"are you awake","idempotencyKey":"k6"}}
            """,
            true)
        .join();

    var poll = frames.next(it -> it.path("id").asString("").equals("5"));
    assertThat(poll.path("ok").asBoolean()).as("%s", poll).isTrue();
    var last =
        frames.next(it ->
            it.path("event").asString("").equals("chat")
                && it.at("/payload/state").asString("").equals("final")
                && it.toString().contains("are you awake"));
    assertThat(last.toString()).contains("message 1 of this conversation");
    assertThat(freezer.woken.get()).isOne();
    assertThat(frames.seen)
        .filteredOn(it -> it.path("event").asString("").equals("gateway.suspension"))
        .isNotEmpty()
        .allSatisfy(it -> assertThat(it.at("/payload/phase").asString()).isEqualTo("accepting"));
    var numbers =
        frames.seen.stream()
            .filter(it -> it.path("seq").isIntegralNumber() && it.has("event"))
            .map(it -> it.path("seq").asLong())
            .toList();
    assertThat(numbers)
        .isEqualTo(
            LongStream.range(0, numbers.size())
                .map(it -> it + numbers.getFirst())
                .boxed()
                .toList());
    socket.abort();
  }

  @Test
  void the_edges_proof_is_in_no_file_but_the_configuration() throws Exception {
    connect(new Frames()).abort();
    assertThat(said("leo", "who am I")).contains("who am I");

    assertThat(FileSearch.files(folder))
        .filteredOn(it -> FileSearch.holds(it, PROOF.reveal()))
        .containsExactly(folder.resolve("config/openclaw.json"));
  }

  private WebSocket connect(Frames frames) {
    var socket =
        http.newWebSocketBuilder()
            .header("Origin", uri("").toString())
            .buildAsync(URI.create(uri("/i/ada").toString().replace("http:", "ws:")), frames)
            .join();
    frames.next(it -> it.path("event").asString("").equals("connect.challenge"));
    socket
        .sendText(
            """
            {"type":"req","id":"1","method":"connect","params":{"minProtocol":4,"maxProtocol":4,
             "client":{"id":"openclaw-control-ui","version":"1","platform":"web","mode":"webchat"},
             "role":"operator","scopes":["operator.read","operator.write"],"caps":[]}}
            """,
            true)
        .join();
    var answer = frames.next(it -> it.path("id").asString("").equals("1"));
    assertThat(answer.at("/payload/type").asString("")).as("%s", answer).isEqualTo("hello-ok");
    return socket;
  }

  private String said(String user, String words) throws IOException, InterruptedException {
    var body =
        JSON.writeValueAsString(
            Map.of(
                "model",
                "openclaw",
                "user",
                user,
                "messages",
                List.of(Map.of("role", "user", "content", words))));
    var request =
        HttpRequest.newBuilder(uri("/i/ada/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    var answer = http.send(request, BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body()).at("/choices/0/message/content").asString("");
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + EdgeGround.port(server) + path);
  }

  /** As the control plane does it: suspended, then frozen; and thawed, then resumed. */
  private final class Freezer implements Sleep {
    private final AtomicBoolean asleep = new AtomicBoolean();
    private final AtomicInteger woken = new AtomicInteger();
    private String suspension = "";

    void sleep() throws IOException, InterruptedException {
      asleep.set(true);
      var answer = rpc("gateway.suspend.prepare", Map.of("requestId", "test"));
      assertThat(answer.at("/payload/status").asString("")).as("%s", answer).isEqualTo("ready");
      suspension = answer.at("/payload/suspensionId").asString("");
      signal("-STOP");
    }

    @Override
    public boolean isAsleep(InstanceId id) {
      return asleep.get();
    }

    @Override
    public void wake(InstanceId id) {
      if (asleep.get() && woken.incrementAndGet() == 1) {
        Thread.ofVirtual().start(this::thaw);
      }
    }

    private void thaw() {
      try {
        signal("-CONT");
        rpc("gateway.suspend.resume", Map.of("suspensionId", suspension));
        asleep.set(false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }

    private void signal(String signal) throws IOException, InterruptedException {
      var root = requireNonNull(gateway);
      var command = new ArrayList<>(List.of("kill", signal));
      Stream.concat(Stream.of(root.toHandle()), root.descendants())
          .forEach(it -> command.add(Long.toString(it.pid())));
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private JsonNode rpc(String method, Map<String, String> params)
        throws IOException, InterruptedException {
      var body = JSON.writeValueAsString(Map.of("id", "r1", "method", method, "params", params));
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/admin/rpc"))
              .header("Authorization", "Bearer local-only-password")
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(body))
              .build();
      return JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
    }
  }

  /** The gateway's frames, in order. */
  private static final class Frames implements WebSocket.Listener {
    final List<JsonNode> seen = new CopyOnWriteArrayList<>();
    private final BlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    JsonNode next(Predicate<JsonNode> wanted) {
      try {
        while (true) {
          var frame = frames.poll(60, TimeUnit.SECONDS);
          if (frame == null) {
            throw new AssertionError("the gateway said nothing for a minute");
          }
          seen.add(frame);
          if (wanted.test(frame)) {
            return frame;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        frames.add(JSON.readTree(text.toString()));
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }
}
