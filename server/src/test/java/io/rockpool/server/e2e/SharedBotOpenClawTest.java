package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.channel.tck.TelegramDouble.Said;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
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

/** The operator's one bot speaks for a real OpenClaw, asleep or not, over a killed server. */
@Tag("openclaw")
@Timeout(400)
@TestMethodOrder(OrderAnnotation.class) // one gateway for all: a start takes a dozen seconds
class SharedBotOpenClawTest {
  private static final String TOKEN = "123456789:AAExample-token_of_35_characters_xyz";
  private static final String HELLO = "/api/v1/instances/hello";
  private static final long ANN = 4_001;

  @TempDir static Path folder;
  private static Ground ground;
  private static Ground.Up up;
  private static Api api;
  private static TelegramDouble telegram;

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
    up = ground.up();
    var _ = up.greeting();
    api = ground.api();
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
  void somebody_is_bound_by_a_code_and_answered_by_the_assistant() throws IOException {
    var shared = Map.of("platform", "telegram", "token", TOKEN, "mode", "shared");
    var _ = body(201, api.post("/api/v1/channels", shared));
    telegram.says(ANN, ANN, "hello?");
    awaitRead("a stranger is told how to connect", it -> it.contains("bind CODE"));
    var code = body(201, api.post(HELLO + "/bind-codes", Map.of())).path("code").asString();

    telegram.says(ANN, ANN, "bind " + code);
    awaitRead("she is bound", it -> it.startsWith("You are connected to"));
    telegram.says(ANN, ANN, "say word-first");

    awaitRead("she is answered", it -> it.contains("word-first"));
    assertThat(telegram.typed(ANN)).isPositive();
    assertThat(body(200, api.get(HELLO + "/bindings")).at("/items/0/sender").asString())
        .isEqualTo(Long.toString(ANN));
  }

  @Test
  @Order(2)
  void who_asks_while_it_sleeps_is_told_that_it_wakes_and_answered_once_in_the_same_message()
      throws IOException {
    stopped();
    var before = telegram.said(ANN).size();

    telegram.says(ANN, ANN, "say word-asleep");

    Waiting.until(
        20,
        "she is told that it wakes up",
        SharedBotOpenClawTest::story,
        () -> news(before).equals(List.of("One moment, I am waking up…")));
    awaitRead("she is answered", it -> it.contains("word-asleep"));
    awaitSettled();
    assertThat(news(before)).hasSize(1);
    assertThat(telegram.said(ANN).getLast().edits()).isPositive();
    assertThat(deliveries().at("/items/0/state").asString()).isEqualTo("delivered");
    assertThat(body(200, api.get(HELLO + "/outbox")).at("/items/0/state").asString())
        .isEqualTo("sent");
  }

  @Test
  @Order(3)
  void what_was_taken_is_answered_once_though_the_server_is_killed() throws Exception {
    stopped();
    var before = telegram.said(ANN).size();
    telegram.says(ANN, ANN, "say word-killed");
    Waiting.until(
        20,
        "it is taken",
        SharedBotOpenClawTest::story,
        () ->
            telegram.waiting() == 0
                && !deliveries().at("/items/0/state").asString("").equals("delivered"));

    up.kill();
    up = ground.up();
    api = ground.api();

    awaitRead("she is answered", it -> it.contains("word-killed"));
    awaitSettled();
    assertThat(news(before)).filteredOn(it -> it.contains("word-killed")).hasSize(1);
    assertThat(news(before).size()).as("a notice may be left behind").isBetween(1, 2);
  }

  @Test
  @Order(4)
  void a_command_of_openclaw_is_answered_by_it_and_one_of_rockpool_by_rockpool()
      throws IOException {
    telegram.says(ANN, ANN, "/status");
    awaitRead(
        "Rockpool answers", it -> it.startsWith("You are connected to") && it.contains("awake"));

    telegram.says(ANN, ANN, "/new");

    awaitRead("OpenClaw answers", it -> it.contains("New session started"));
  }

  @Test
  @Order(5)
  void who_unbinds_is_not_answered_any_more() throws IOException {
    telegram.says(ANN, ANN, "unbind");
    awaitRead("she is unbound", it -> it.startsWith("You are not connected to"));
    var before = telegram.said(ANN).size();

    telegram.says(ANN, ANN, "say word-unbound");

    Waiting.until(
        30,
        "a stranger is told how to connect",
        SharedBotOpenClawTest::story,
        () -> news(before).stream().anyMatch(it -> it.contains("bind CODE")));
    assertThat(body(200, api.get(HELLO + "/bindings")).path("items")).isEmpty();
    assertThat(telegram.said(ANN)).extracting(Said::text).noneMatch(it -> it.contains("unbound"));
  }

  /** Asleep, with no process. */
  private static void stopped() throws IOException {
    api.sleep("hello", "stopped");
    Waiting.until(
        60,
        "it sleeps",
        () -> api.events("hello"),
        () -> api.instance("hello").path("status").asString("").equals("stopped"));
  }

  private static JsonNode deliveries() throws IOException {
    return body(200, api.get(HELLO + "/deliveries"));
  }

  private static void awaitSettled() throws IOException {
    Waiting.until(
        60,
        "it is delivered",
        SharedBotOpenClawTest::story,
        () ->
            deliveries().at("/items/0/state").asString("").equals("delivered")
                && body(200, api.get(HELLO + "/outbox?state=pending")).path("items").isEmpty());
  }

  /** What she read since. */
  private static List<String> news(int since) {
    return telegram.said(ANN).stream().skip(since).map(Said::text).toList();
  }

  private static void awaitRead(String what, java.util.function.Predicate<String> text)
      throws IOException {
    Waiting.until(
        120,
        what,
        SharedBotOpenClawTest::story,
        () -> telegram.said(ANN).stream().map(Said::text).anyMatch(text));
  }

  private static String story() {
    try {
      return "%s%n%s%n%s%n%s"
          .formatted(
              telegram.said(ANN), deliveries(), api.get(HELLO + "/outbox").body(), up.story());
    } catch (IOException e) {
      return e.toString();
    }
  }
}
