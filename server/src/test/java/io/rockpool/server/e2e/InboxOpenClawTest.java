package io.rockpool.server.e2e;

import static io.rockpool.server.e2e.Api.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * People write to a bot on Telegram, Slack, Feishu or LINE, and the real OpenClaw answers each
 * message once: while it runs, dozes or is stopped, and through the deaths of its server.
 */
@Tag("openclaw")
@Timeout(420)
@TestMethodOrder(OrderAnnotation.class) // one gateway for all: a start takes a dozen seconds
class InboxOpenClawTest {
  private static final String TOKEN = "123456789:AAExample-token_of_35_characters_xyz";
  private static final String HELLO = "/api/v1/instances/hello";
  private static final long EVA = 7;

  @TempDir static Path folder;
  private static Ground ground;
  private static Ground.Up up;
  private static Api api;
  private static TelegramDouble telegram;
  private static ChatApps apps;

  /** What Eva wrote, by platform, in order. */
  private static final Map<String, List<String>> WRITTEN = new TreeMap<>();

  @BeforeAll
  static void starts() throws Exception {
    Host.has("npm", "bwrap");
    Host.isRoot();
    telegram =
        new TelegramDouble(
            new TelegramDouble.Setting(Secret.of(TOKEN), "rockpool_bot", true, 0),
            InstantSource.system());
    ground = new Ground(folder);
    ground.set("ROCKPOOL_TELEGRAM_API_ROOT", telegram.root().toString());
    apps = new ChatApps(folder);
    apps.reachedFrom(ground);
    up = ground.up();
    var _ = up.greeting();
    api = ground.api();
    var connected =
        body(
            201,
            api.post(
                HELLO + "/channels",
                Map.of("platform", "telegram", "token", TOKEN, "dmPolicy", "open")));
    assertThat(connected.path("state").asString()).isEqualTo("connected");
    telegram.start();
    apps.connect(api, HELLO + "/channels");
  }

  @AfterAll
  static void ends() {
    if (ground != null) {
      ground.close();
      telegram.close();
      apps.close();
    }
  }

  @Test
  @Order(1)
  void a_bot_that_was_just_connected_answers() {
    for (var platform : heard().keySet()) {
      writes(platform, "number one");
    }

    answersAll();
  }

  @ParameterizedTest
  @ValueSource(strings = {"telegram", "slack", "feishu", "line"})
  @Order(2)
  void one_that_dozes_wakes_and_answers(String platform) throws IOException {
    long pid = api.pid("hello");
    api.asleep("hello", "dozing");

    writes(platform, "number two");

    answersAll();
    assertThat(api.pid("hello")).isEqualTo(pid);
  }

  @Test
  @Order(3)
  void one_that_is_stopped_answers_what_comes_to_the_server_that_follows_a_killed_one()
      throws Exception {
    api.asleep("hello", "stopped");
    up.kill();
    up = ground.up("--no-instance");
    assertThat(api.instance("hello").path("status").asString()).isEqualTo("stopped");

    for (var platform : heard().keySet()) {
      writes(platform, "number three");
    }

    answersAll();
  }

  @Test
  @Order(4)
  void what_was_acknowledged_is_answered_though_the_server_is_killed_at_once_and_again()
      throws Exception {
    api.asleep("hello", "stopped");
    writes("telegram", "number four");
    Waiting.until(30, "it is acknowledged", () -> up.story(), () -> telegram.waiting() == 0);
    up.kill();
    up = ground.up("--no-instance");
    writes("telegram", "number five");
    Waiting.until(
        120,
        "it wakes",
        () -> api.events("hello"),
        () -> api.instance("hello").path("status").asString("").equals("running"));
    up.kill(); // the delivery may be under way, or done
    up = ground.up("--no-instance");

    answersAll();
  }

  @Test
  @Order(5)
  void what_comes_while_there_is_no_server_is_answered_by_the_next() throws Exception {
    up.kill();
    writes("telegram", "number six");
    up = ground.up("--no-instance");

    answersAll();
  }

  @Test
  @Order(6)
  void each_message_is_shown_as_delivered() throws IOException {
    var deliveries = deliveries();

    assertThat(deliveries)
        .extracting(it -> it.path("state").asString(""))
        .containsOnly("delivered");
    WRITTEN.forEach((platform, written) ->
        assertThat(deliveries)
            .filteredOn(it -> it.path("platform").asString("").equals(platform))
            .as(platform)
            .hasSameSizeAs(written));
  }

  private static void writes(String platform, String text) {
    WRITTEN.computeIfAbsent(platform, _ -> new ArrayList<>()).add(text);
    if (platform.equals("telegram")) {
      telegram.says(EVA, EVA, text);
    } else {
      apps.writes(platform, text);
    }
  }

  /**
   * All that was written so far is answered, once and in order, and nothing more is to come. What
   * came shortly after each other OpenClaw answers together.
   */
  private static void answersAll() {
    Waiting.until(
        180,
        "all is answered",
        InboxOpenClawTest::story,
        () -> {
          var heard = heard();
          return WRITTEN.entrySet().stream()
                  .allMatch(it ->
                      String.join("", heard.get(it.getKey())).contains(it.getValue().getLast()))
              && deliveries().stream()
                  .allMatch(it -> it.path("state").asString("").equals("delivered"));
        });
    api.sleep("hello", "dozing"); // it has no more to say
    var heard = heard();
    WRITTEN.forEach((platform, written) -> {
      var words = Pattern.compile("number \\w+").matcher(String.join("\n", heard.get(platform)));
      assertThat(words.results().map(MatchResult::group).toList())
          .as("%s: %s", platform, story())
          .containsExactlyElementsOf(written);
    });
  }

  /** What Eva reads, by platform. */
  private static Map<String, List<String>> heard() {
    var heard = apps.read();
    heard.put("telegram", telegram.said(EVA).stream().map(TelegramDouble.Said::text).toList());
    return heard;
  }

  private static List<JsonNode> deliveries() throws IOException {
    return body(200, api.get(HELLO + "/deliveries")).path("items").valueStream().toList();
  }

  private static String story() {
    try {
      return "%s%n%s%n%s%n%s".formatted(heard(), deliveries(), api.events("hello"), up.story());
    } catch (IOException e) {
      return heard() + " " + e;
    }
  }
}
