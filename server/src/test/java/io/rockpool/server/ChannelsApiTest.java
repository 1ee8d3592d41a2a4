package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Chat accounts, through the API. */
@Timeout(60)
class ChannelsApiTest {
  private static final String TOKEN = "123456789:AAExample-token_of_35_characters_xyz";

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private final TelegramDouble telegram =
      new TelegramDouble(
          new TelegramDouble.Setting(Secret.of(TOKEN), "rockpool_bot", true, 0),
          InstantSource.system());
  private TestServer server;

  @BeforeEach
  void open() {
    server = on(Map.of(Setting.TELEGRAM_API_ROOT, telegram.root().toString()));
  }

  private TestServer on(Map<Setting, String> settings) {
    return TestServer.on(folder, ground, settings);
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
    telegram.close();
  }

  @Test
  void a_bot_is_connected_shown_tested_and_disconnected_without_a_trace() {
    var id = server.create("{}");

    var connected = connect(id, TOKEN);

    assertThat(connected.statusCode()).as(connected.body()).isEqualTo(201);
    var view = json(connected);
    var cid = view.path("id").asString();
    assertThat(view.path("state").asString()).isEqualTo("connected");
    assertThat(view.path("mode").asString()).isEqualTo("own");
    assertThat(view.path("dmPolicy").asString()).isEqualTo("pairing");
    assertThat(view.at("/identity/name").asString()).isEqualTo("rockpool_bot");
    assertThat(view.has("webhook")).isFalse();
    var webhook = telegram.webhook().orElseThrow();
    assertThat(webhook.toString())
        .matches(server.wiring.address() + "/webhook/telegram/[0-9a-f]{32}");
    assertThat(server.get(channels(id)).body()).contains(cid).doesNotContain(TOKEN);
    assertThat(json(server.get(channels(id) + "/" + cid)).path("platform").asString())
        .isEqualTo("telegram");

    assertThat(server.delete(channels(id) + "/" + cid).statusCode()).isEqualTo(204);

    assertThat(telegram.webhook()).isEmpty();
    assertThat(server.delete(channels(id) + "/" + cid).statusCode()).isEqualTo(404);
    assertThat(json(server.get(channels(id))).path("items").size()).isZero();
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void a_token_that_the_platform_does_not_know_is_refused_and_leaves_nothing() {
    var id = server.create("{}");

    var refused = connect(id, "123456789:AAanother-token_of_35_characters_xy");

    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(problem(refused)).isEqualTo("token-refused");
    assertThat(refused.body()).doesNotContain("AAanother");
    assertThat(count("channel_connection")).isZero();
    assertThat(count("vault_secret")).isZero();
  }

  private long count(String table) {
    return server.inDatabase(
        sql -> sql.query("SELECT count(*) FROM " + table, row -> row.getLong(1)).getFirst());
  }

  private HttpResponse<String> connect(String id, String token) {
    return server.post(
        channels(id), "{\"platform\":\"telegram\",\"token\":\"%s\"}".formatted(token));
  }

  private static String channels(String id) {
    return "/api/v1/instances/%s/channels".formatted(id);
  }
}
