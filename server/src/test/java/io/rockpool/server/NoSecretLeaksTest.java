package io.rockpool.server;

import static io.rockpool.server.TestServer.id;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.control.secret.HomeKey;
import io.rockpool.control.secret.HomeKey.Purpose;
import io.rockpool.edge.model.ModelGateway;
import io.rockpool.runtime.Secret;
import io.rockpool.server.config.Setting;
import io.rockpool.server.http.Json;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole life, after which every secret is looked for wherever it could have come to light. */
@Timeout(60)
class NoSecretLeaksTest {
  private static final String ALL = "/api/v1/instances";
  private static final String UPSTREAM_KEY = "sk-upstream-0123456789abcdef";
  private static final String BOT_TOKEN = "123456789:AAExample-token_of_35_characters_xyz";
  private static final String STORED_KEY = "sk-stored-fedcba9876543210";

  @TempDir Path folder;
  private final StringBuilder told = new StringBuilder();

  @Test
  void no_answer_no_event_no_log_line_and_no_row_holds_a_secret() throws Exception {
    try (var gateway = new GatewayDouble();
        var telegram =
            new TelegramDouble(
                new TelegramDouble.Setting(Secret.of(BOT_TOKEN), "rockpool_bot", true, 0),
                InstantSource.system());
        var server =
            TestServer.on(
                folder,
                TestServer.ground(gateway),
                Map.of(
                    Setting.MODEL_BASE_URL,
                    gateway.address() + "/v1",
                    Setting.MODEL_API_KEY,
                    UPSTREAM_KEY,
                    Setting.MODEL,
                    "large",
                    Setting.TELEGRAM_API_ROOT,
                    telegram.root().toString()))) {
      var wrong = "rp_wrong-token-0123456789";
      var ada = server.account("ada");
      var created =
          hear(
              server.send(
                  withBody(server.request(ALL, ada).header("Idempotency-Key", "k"), "POST", "{}")));
      var id = TestServer.json(created).path("id").asString("");
      server.awaitStatus(id, "running");
      var secrets = secrets(server, id);
      secrets.put("a user's token", ada);
      secrets.put("a wrong token", wrong);
      secrets.put("a webhook's secret", webhook(server, gateway));
      var one = ALL + "/" + id;

      var bot = "{\"platform\":\"telegram\",\"token\":\"%s\"}".formatted(BOT_TOKEN);
      var connected = hear(server.post(one + "/channels", bot));
      assertThat(connected.statusCode()).isEqualTo(201);
      var channel = one + "/channels/" + TestServer.json(connected).path("id").asString();
      var webhook = telegram.webhook().orElseThrow().getPath();
      secrets.put("the bot's token", BOT_TOKEN);
      secrets.put("the webhook's key", webhook.substring(webhook.lastIndexOf('/') + 1));
      hear(server.post(one + "/channels", bot));
      hear(server.post("/api/v1/channels", bot.replace("AAE", "AAx")));
      hear(server.get(one + "/channels"));
      hear(server.post(channel + "/test", "{}"));
      hear(server.get(channel + "/pairings"));
      telegram.down(true);
      hear(server.post("/api/v1/channels", bot));
      hear(server.post(channel + "/test", "{}"));
      hear(server.delete(channel));
      hear(server.get(channel));
      telegram.down(false);
      hear(provider(server, gateway));
      hear(server.get("/api/v1/providers"));
      hear(server.post("/api/v1/providers/stored/test", "{}"));
      hear(server.get(one));
      hear(server.get(ALL));
      hear(server.send(server.request(ALL, wrong)));
      hear(server.get("/i/" + id + "/x"));
      hear(server.send(server.request("/i/" + id + "/x", wrong)));
      hear(server.post(one + "/messages", "{\"text\": \"hello\"}"));
      hear(server.post(one + "/messages", "{\"text\": \"fail\"}"));
      server.stream(
              withBody(server.request(one + "/messages"), "POST", "{\"text\": \"a\"}"), _ -> false)
          .forEach(told::append);
      hear(server.patch(one + "/config", "{\"config\":{\"messages\":{\"ackReaction\":\"x\"}}}"));
      hear(server.patch(one + "/config", "{\"config\":{\"gateway\":{\"bind\":\"lan\"}}}"));
      hear(model(server, secrets.getOrDefault("the virtual key", "")));
      hear(model(server, wrong));
      hear(server.post("/api/v1/vault/rotation", "{\"dataKeys\":true}"));
      hear(server.get("/api/v1/vault"));
      hear(server.get("/api/v1/webhooks"));
      var hook = TestServer.json(server.get("/api/v1/webhooks")).at("/items/0/id").asString("");
      hear(server.post("/api/v1/webhooks/" + hook + "/test", "{}"));
      hear(server.get("/api/v1/webhooks/" + hook + "/attempts"));
      hear(
          server.send(
              HttpRequest.newBuilder(server.at("/login?instance=" + id))
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(BodyPublishers.ofString("token=" + wrong))));
      hear(server.post(one + "/stop", "{}"));
      server.awaitStatus(id, "stopped");
      hear(server.get(one + "/events"));
      hear(server.get(one + "/logs"));
      hear(server.get("/api/deploy/" + id + "/status"));
      for (var path :
          List.of("/metrics", "/health", "/ready", "/openapi.json", "/login?instance=" + id)) {
        hear(server.get(path));
      }
      hear(server.delete(one));
      server.awaitGone(id);

      assertThat(gateway.seen)
          .anySatisfy(it -> assertThat(it.authorization()).contains(UPSTREAM_KEY))
          .anySatisfy(it -> assertThat(it.authorization()).contains(STORED_KEY));
      var log = read(Path.of(System.getProperty("rockpool.log.folder", ""), "server.log"));
      var store = read(folder.resolve("rockpool.db")) + read(folder.resolve("rockpool.db-wal"));
      assertThat(log).contains("Destroyed an instance");
      secrets.forEach((name, secret) -> {
        assertThat(secret).as(name).hasSizeGreaterThan(20);
        assertThat(told.indexOf(secret)).as("answers hold " + name).isNegative();
        assertThat(log.contains(secret)).as("the log holds " + name).isFalse();
        assertThat(store.contains(secret)).as("the store holds " + name).isFalse();
      });
    }
  }

  /** Its secret, which is told once. */
  private static String webhook(TestServer server, GatewayDouble gateway) {
    var made =
        TestServer.json(
            server.post(
                "/api/v1/webhooks",
                "{\"url\":\"%s/hooks\",\"inside\":true}".formatted(gateway.address())));
    return made.path("secret").asString("").replace("whsec_", "");
  }

  private static HttpResponse<String> provider(TestServer server, GatewayDouble gateway) {
    return server.send(
        withBody(
            server.request("/api/v1/providers/stored"),
            "PUT",
            """
            {"protocol":"openai","baseUrl":"%s/v1","inside":true,"key":"%s","models":[{"name":"stored"}]}
            """
                .formatted(gateway.address(), STORED_KEY)));
  }

  private static Map<String, String> secrets(TestServer server, String id) throws IOException {
    var key = HomeKey.at(server.home.file("home.key"));
    var secrets = new LinkedHashMap<String, String>();
    secrets.put("the admin token", server.token);
    secrets.put("the home key", Files.readString(server.home.file("home.key")).strip());
    secrets.put("the upstream key", UPSTREAM_KEY);
    secrets.put("the stored key", STORED_KEY);
    secrets.put("the master key", Files.readString(server.home.file("master.key")).strip());
    secrets.put("the probe's token", key.of(Purpose.PROBE).reveal());
    secrets.put("the key of browser sessions", key.of(Purpose.BROWSER_SESSION).reveal());
    secrets.put("the gateway's password", key.of(id(id), Purpose.GATEWAY_PASSWORD).reveal());
    secrets.put("the edge's proof", key.hexOf(id(id), Purpose.EDGE_PROOF).reveal());
    secrets.put("the model key", key.of(id(id), Purpose.MODEL_KEY).reveal());
    secrets.put("the virtual key", "rpk." + id + "." + secrets.get("the model key"));
    return secrets;
  }

  private static HttpResponse<String> model(TestServer server, String key) {
    var body = Json.MAPPER.createObjectNode().put("model", "large");
    body.putArray("messages").addObject().put("role", "user").put("content", "hi");
    return server.send(
        withBody(
            server.request(ModelGateway.PATH + "/chat/completions", key), "POST", body.toString()));
  }

  private HttpResponse<String> hear(HttpResponse<String> response) {
    told.append(response.headers().map()).append(response.body());
    return response;
  }

  private static String read(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
  }
}
