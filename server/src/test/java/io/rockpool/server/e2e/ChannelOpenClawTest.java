package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A bot is connected to a real OpenClaw while it runs, looked after, and disconnected again. */
@Tag("openclaw")
@Timeout(300)
@TestMethodOrder(OrderAnnotation.class) // one gateway for all: a start takes a dozen seconds
class ChannelOpenClawTest {
  private static final String TOKEN = "123456789:AAExample-token_of_35_characters_xyz";
  private static final String ALL = "/api/v1/instances/hello/channels";

  @TempDir static Path folder;
  private static Ground ground;
  private static Api api;
  private static TelegramDouble telegram;
  private static long pid;
  private static String channel = "";

  @BeforeAll
  static void starts() throws IOException {
    Host.has("npm", "bwrap");
    Host.isRoot();
    telegram =
        new TelegramDouble(
            new TelegramDouble.Setting(Secret.of(TOKEN), "rockpool_bot", true, 0),
            InstantSource.system());
    telegram.start();
    ground = new Ground(folder);
    ground.set("ROCKPOOL_TELEGRAM_API_ROOT", telegram.root().toString());
    var up = ground.up();
    var _ = up.greeting();
    api = ground.api();
    pid = api.pid("hello");
  }

  @AfterAll
  static void ends() {
    if (ground != null) {
      ground.close();
      telegram.close();
    }
  }

  @Test
  @Order(1)
  void a_running_instance_takes_the_bot_without_a_restart() throws IOException {
    var connected = body(201, api.post(ALL, Map.of("platform", "telegram", "token", TOKEN)));

    channel = ALL + "/" + connected.path("id").asString();
    assertThat(connected.path("state").asString()).isEqualTo("connected");
    assertThat(connected.has("problem")).isFalse();
    assertThat(body(200, api.post(channel + "/test", Map.of())).path("ok").asBoolean()).isTrue();
    var webhook = telegram.webhook().orElseThrow();
    Waiting.until(
        90,
        "OpenClaw registers the bot, too",
        () -> api.events("hello") + telegram.calls(),
        () -> telegram.calls().contains("setMyCommands"));
    Waiting.until(
        90,
        "it works by its new configuration",
        () -> api.events("hello"),
        () -> api.events("hello").contains("ConfigApplied"));
    assertThat(telegram.calls().stream().filter("setWebhook"::equals)).hasSizeGreaterThan(1);
    assertThat(telegram.webhook()).as("both register the same").contains(webhook);
    assertThat(api.pid("hello")).isEqualTo(pid);
    assertThat(api.events("hello")).contains("ChannelConnected").doesNotContain("Restarting");
  }

  @Test
  @Order(2)
  void strangers_are_listed_and_let_in() throws Exception {
    assertThat(body(200, api.get(channel + "/pairings")).path("items")).isEmpty();

    telegram.says(7, 7, "let me in");

    Waiting.until(
        60,
        "who wrote is listed",
        () -> telegram.said(7).toString(),
        () -> body(200, api.get(channel + "/pairings")).path("items").size() == 1);
    var asks = body(200, api.get(channel + "/pairings")).at("/items/0");
    assertThat(asks.path("senderId").asString()).isEqualTo("7");
    assertThat(asks.path("name").asString()).isEqualTo("User 7");
    var approve = channel + "/pairings/" + asks.path("requestId").asString() + "/approve";
    assertThat(body(200, api.post(approve, Map.of())).path("senderId").asString()).isEqualTo("7");
    assertThat(api.post(approve, Map.of()).statusCode()).isEqualTo(404);
    assertThat(body(200, api.get(channel + "/pairings")).path("items")).isEmpty();
    telegram.says(7, 7, "good morning");
    Waiting.until(
        90,
        "the friend is answered",
        () -> telegram.said(7) + api.events("hello"),
        () -> telegram.read("7").stream().anyMatch(it -> it.contains("good morning")));
  }

  @Test
  @Order(3)
  void a_webhook_that_was_removed_is_set_again_after_the_next_start() throws Exception {
    var ours = telegram.webhook();
    call("deleteWebhook");
    assertThat(telegram.webhook()).isEmpty();

    assertThat(body(200, api.post(channel + "/test", Map.of())).path("ok").asBoolean()).isFalse();

    Waiting.until(
        30,
        "the webhook is set again",
        () -> api.events("hello"),
        () -> telegram.webhook().equals(ours));
    Waiting.until(
        30,
        "that is said",
        () -> api.events("hello"),
        () -> api.events("hello").contains("ChannelWebhookRestored"));
  }

  @Test
  @Order(4)
  void a_sleeping_instance_is_not_woken_when_its_bot_is_disconnected_and_forgets_it_when_it_wakes()
      throws IOException {
    api.sleep("hello", "dozing");
    Waiting.until(30, "it dozes", () -> api.events("hello"), () -> status().equals("dozing"));

    assertThat(api.delete(channel).statusCode()).isEqualTo(204);

    assertThat(telegram.webhook()).isEmpty();
    assertThat(body(200, api.get(ALL)).path("items")).isEmpty();
    assertThat(status()).isEqualTo("dozing");
    assertThat(api.say("hello", "a", "good morning")).contains("good morning");
    Waiting.until(
        60,
        "it works by its new configuration",
        () -> api.events("hello"),
        () -> !config().has("channels") || config().path("channels").isEmpty());
    assertThat(api.pid("hello")).isEqualTo(pid);
    assertThat(Files.readString(secrets())).doesNotContain(TOKEN);
    assertThat(telegram.webhook()).isEmpty();
  }

  @Test
  @Order(5)
  void a_stopped_instance_finds_its_bot_at_its_next_start() throws IOException {
    assertThat(api.post("/api/v1/instances/hello/stop", Map.of()).statusCode()).isEqualTo(202);
    Waiting.until(60, "it stops", () -> api.events("hello"), () -> status().equals("stopped"));
    int before = telegram.calls().size();

    var connected = body(201, api.post(ALL, Map.of("platform", "telegram", "token", TOKEN)));

    assertThat(connected.path("state").asString()).isEqualTo("connected");
    assertThat(status()).isEqualTo("stopped");
    assertThat(api.post("/api/v1/instances/hello/start", Map.of()).statusCode()).isEqualTo(202);
    var _ = api.running("hello");
    Waiting.until(
        90,
        "OpenClaw registers the bot",
        () -> api.events("hello") + telegram.calls(),
        () -> telegram.calls().stream().skip(before).toList().contains("setMyCommands"));
    assertThat(api.delete(ALL + "/" + connected.path("id").asString()).statusCode()).isEqualTo(204);
    assertThat(telegram.webhook()).isEmpty();
  }

  private static String status() throws IOException {
    return api.instance("hello").path("status").asString("");
  }

  private static JsonNode config() throws IOException {
    return Api.JSON.readTree(
        Files.readString(ground.instance("hello").resolve("config/openclaw.json")));
  }

  private static Path secrets() {
    return ground.instance("hello").resolve("config/secrets.json");
  }

  /** Another program has the token. */
  private static void call(String method) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      http.send(
          HttpRequest.newBuilder(
                  URI.create("%s/bot%s/%s".formatted(telegram.root(), TOKEN, method)))
              .GET()
              .build(),
          BodyHandlers.discarding());
    }
  }
}
