package io.rockpool.server;

import static io.rockpool.server.TestServer.eventually;
import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Pair;
import io.rockpool.channel.tck.DiscordDouble;
import io.rockpool.channel.tck.FeishuDouble;
import io.rockpool.channel.tck.LineDouble;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
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

  private static final String SHARED = "/api/v1/channels";

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
    assertThat(view.has("problem")).as("%s", view).isFalse();
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
  void an_account_of_whatsapp_is_linked_by_a_code_keeps_its_instance_awake_and_is_logged_out() {
    var id = server.running("{}");
    var connected =
        server.post(
            channels(id),
            "{\"platform\":\"whatsapp\",\"dmPolicy\":\"allowlist\",\"allowFrom\":[\"+4915112345678\"]}");
    assertThat(connected.statusCode()).as(connected.body()).isEqualTo(201);
    var view = json(connected);
    var one = channels(id) + "/" + view.path("id").asString();
    assertThat(view.path("state").asString()).isEqualTo("login");
    assertThat(view.path("problem").asString()).contains("rockpool channels login " + id);
    assertThat(view.has("presence")).as("nothing is held yet").isFalse();
    assertThat(view.has("webhook")).isFalse();

    var first = json(server.post(one + "/login", "{}"));
    assertThat(first.path("state").asString()).isEqualTo("waiting");
    assertThat(first.path("code").asString()).isEqualTo(GatewayDouble.CODE);

    var steps =
        server.stream(
            withBody(server.request(one + "/login"), "POST", "{}"),
            step -> {
              if (step.name().equals("waiting")) {
                gateway.scan("+4915198765432");
              }
              return step.name().equals("connected");
            });
    assertThat(steps).extracting(it -> it.name()).containsExactly("waking", "waiting", "connected");
    assertThat(steps.get(1).data().path("code").asString()).isEqualTo(GatewayDouble.CODE);
    assertThat(steps.getLast().data().path("message").asString())
        .isEqualTo("It is linked: +4915198765432.");

    var now = json(server.get(one));
    assertThat(now.path("state").asString()).isEqualTo("connected");
    assertThat(now.at("/identity/name").asString()).isEqualTo("+4915198765432");
    assertThat(now.path("presence").asString()).isEqualTo("keeps the instance awake");
    assertThat(json(server.post(one + "/test", "{}")).path("ok").asBoolean()).isTrue();

    assertThat(server.delete(one).statusCode()).isEqualTo(204);
    assertThat(gateway.isLinked()).isFalse();
    assertThat(count("channel_connection")).isZero();
    assertThat(server.post(one + "/login", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void that_whatsapp_is_out_of_reach_is_an_event_and_a_bot_has_nothing_to_log_in_to() {
    var id = server.running("{}");
    var linked = json(server.post(channels(id), "{\"platform\":\"whatsapp\"}"));
    var bot = json(connect(id, TOKEN));
    gateway.refusesCodes("WhatsApp login failed: WebSocket Error (getaddrinfo ENOTFOUND)");

    var steps =
        server.stream(
            withBody(
                server.request(channels(id) + "/" + linked.path("id").asString() + "/login"),
                "POST",
                "{}"),
            _ -> false);

    assertThat(steps.getLast().name()).isEqualTo("failed");
    assertThat(steps.getLast().data().path("message").asString())
        .startsWith("WhatsApp could not be reached")
        .endsWith("(getaddrinfo ENOTFOUND)");
    var needless = server.post(channels(id) + "/" + bot.path("id").asString() + "/login", "{}");
    assertThat(needless.statusCode()).isEqualTo(409);
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

  @Test
  void a_request_that_makes_no_sense_is_refused_by_its_part() {
    var id = server.create("{}");
    for (var body :
        Map.of(
                "{\"platform\":\"telegram\",\"token\":\"T\",\"dmPolicy\":\"allowlist\"}",
                    "/allowFrom",
                "{\"platform\":\"slack\",\"token\":\"xoxb-1\"}", "/signingSecret",
                "{\"platform\":\"feishu\",\"token\":\"T\",\"appId\":\"a:b\"}", "",
                "{\"platform\":\"telegram\",\"token\":\"T\",\"dmPolicy\":\"maybe\"}", "/dmPolicy",
                "{\"platform\":\"telegram\"}", "/token",
                "{\"platform\":\"whatsapp\",\"token\":\"T\"}", "/token",
                "{\"platform\":\"whatsapp\",\"allowFrom\":[\"Ada\"]}", "/allowFrom")
            .entrySet()) {
      var refused = server.post(channels(id), body.getKey());

      assertThat(refused.statusCode()).as(body.getKey()).isEqualTo(422);
      assertThat(json(refused).at("/errors/0/pointer").asString()).isEqualTo(body.getValue());
    }
    var unknown = server.post(channels(id), "{\"platform\":\"icq\",\"token\":\"T\"}");
    assertThat(unknown.statusCode()).isEqualTo(422);
    assertThat(problem(unknown)).isEqualTo("unknown-platform");
    assertThat(unknown.body()).contains("feishu, line, slack, telegram");
    assertThat(
            server
                .post(
                    channels(id), "{\"platform\":\"telegram\",\"token\":\"T\",\"mode\":\"shared\"}")
                .statusCode())
        .isEqualTo(422);
    assertThat(telegram.calls()).isEmpty();
  }

  @Test
  void a_bot_is_connected_once() {
    var first = server.create("{}");
    var second = server.create("{}");
    connect(first, TOKEN);

    var elsewhere = connect(second, TOKEN);
    var again = connect(first, TOKEN);

    assertThat(elsewhere.statusCode()).isEqualTo(409);
    assertThat(problem(elsewhere)).isEqualTo("already-connected");
    assertThat(again.statusCode()).isEqualTo(409);
  }

  @Test
  void a_platform_that_is_down_is_a_reason_to_try_again() {
    var id = server.create("{}");
    telegram.down(true);

    var refused = connect(id, TOKEN);

    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(problem(refused)).isEqualTo("platform-unavailable");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    telegram.down(false);
    assertThat(connect(id, TOKEN).statusCode()).isEqualTo(201);
  }

  @Test
  void telegram_itself_needs_an_address_that_it_reaches() {
    server.close();
    server = on(Map.of());
    var id = server.create("{}");

    var refused = connect(id, TOKEN);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(problem(refused)).isEqualTo("no-public-address");
    assertThat(refused.body()).contains("ROCKPOOL_PUBLIC_URL");
  }

  @Test
  void a_test_says_of_each_step_whether_it_is_right() {
    var id = server.create("{}");
    var one = channels(id) + "/" + json(connect(id, TOKEN)).path("id").asString();

    var test = server.post(one + "/test", "{}");

    assertThat(test.statusCode()).isEqualTo(200);
    assertThat(json(test).path("steps").findValuesAsString("name"))
        .containsExactly("token", "webhook", "delivery", "address");
    assertThat(json(test).path("ok").asBoolean()).as(test.body()).isTrue();
    assertThat(server.post(channels(id) + "/nothing/test", "{}").statusCode()).isEqualTo(404);
  }

  @Test
  void a_webhook_that_a_person_enters_is_shown_to_its_owner() {
    try (var slack =
        new SlackDouble(
            new SlackDouble.Setting(
                Secret.of("xoxb-1-2-abc"), Secret.of("8f742231b10e8888abcd99yyyzzz85a5"), 0),
            InstantSource.system())) {
      server.close();
      server = on(Map.of(Setting.SLACK_API_ROOT, slack.root().toString()));
      var id = server.create("{}");

      var view =
          json(
              server.post(
                  channels(id),
                  "{\"platform\":\"slack\",\"token\":\"xoxb-1-2-abc\",\"signingSecret\":\"8f742231b10e8888abcd99yyyzzz85a5\"}"));

      assertThat(view.path("state").asString()).isEqualTo("connecting");
      assertThat(view.path("webhook").asString())
          .startsWith(server.wiring.address() + "/webhook/slack/");
      assertThat(view.path("problem").asString()).contains("Slack");
      assertThat(view.at("/identity/team").asString()).isEqualTo("T0001");
      assertThat(slack.saveEventAddress(URI.create(view.path("webhook").asString()))).isTrue();
      eventually(() ->
          assertThat(
                  json(server.get(channels(id) + "/" + view.path("id").asString()))
                      .path("state")
                      .asString())
              .isEqualTo("connected"));
    }
  }

  @Test
  void a_command_to_a_bot_of_discord_is_answered_where_discord_shows_that_it_is_awaited() {
    try (var discord =
        new DiscordDouble(
            new DiscordDouble.Setting(Secret.of("MTE.x.y"), 0), InstantSource.system())) {
      server.close();
      server = on(Map.of(Setting.DISCORD_API_ROOT, discord.root().toString()));
      var id = server.create("{}");

      var connected =
          server.post(
              channels(id),
              "{\"platform\":\"discord\",\"token\":\"MTE.x.y\",\"dmPolicy\":\"allowlist\",\"allowFrom\":[\"%s\"]}"
                  .formatted(DiscordDouble.userId(1)));

      assertThat(connected.statusCode()).as(connected.body()).isEqualTo(201);
      var view = json(connected);
      assertThat(view.path("state").asString()).isEqualTo("connected");
      assertThat(view.has("problem")).isFalse();
      var webhook = URI.create(view.path("webhook").asString());
      assertThat(webhook.toString())
          .matches(server.wiring.address() + "/webhook/discord/[0-9a-f]{32}");
      var test = json(server.post(channels(id) + "/" + view.path("id").asString() + "/test", "{}"));
      assertThat(test.path("ok").asBoolean()).as("%s", test).isTrue();
      assertThat(discord.saveInteractionsAddress(webhook)).isTrue();
      server.post("/api/v1/instances/" + id + "/stop", "{}");
      eventually(() -> assertThat(server.status(id)).isEqualTo("stopped"));

      assertThat(discord.commands(webhook, 1, "ask", "are you there?"))
          .contains(new DiscordDouble.Answered(200, "{\"type\":5}"));

      eventually(() ->
          assertThat(discord.read(discord.chat(1)))
              .containsExactly(
                  "Your assistant was stopped by its owner. Write again once it is started."));
      assertThat(discord.promised()).isZero();
      assertThat(server.delete(channels(id) + "/" + view.path("id").asString()).statusCode())
          .isEqualTo(204);
      assertThat(count("channel_connection")).isZero();
      assertThat(discord.commands(webhook, 1, "ask", "and now?"))
          .contains(new DiscordDouble.Answered(404, ""));
    }
  }

  @Test
  void an_app_of_feishu_is_connected_by_its_four_credentials() {
    try (var feishu =
        new FeishuDouble(
            new FeishuDouble.Setting(
                new Pair(Secret.of("cli_a1"), Secret.of("app-secret-7")),
                Secret.of("verification-7"),
                Secret.of("encrypt-key-7")),
            InstantSource.system())) {
      server.close();
      server = on(Map.of(Setting.FEISHU_API_ROOT, feishu.root().toString()));
      var id = server.create("{}");
      var wish =
          "{\"platform\":\"feishu\",\"appId\":\"cli_a1\",\"token\":\"%s\",\"signingSecret\":\"encrypt-key-7\"%s}";
      var verification = ",\"verificationToken\":\"verification-7\"";

      var wrong = server.post(channels(id), wish.formatted("another", verification));
      assertThat(wrong.statusCode()).isEqualTo(422);
      assertThat(problem(wrong)).isEqualTo("token-refused");
      assertThat(wrong.body()).contains("App Secret").doesNotContain("another");
      var half = server.post(channels(id), wish.formatted("app-secret-7", ""));
      assertThat(half.statusCode()).isEqualTo(422);
      assertThat(half.body()).contains("Verification Token").doesNotContain("encrypt-key-7");
      assertThat(count("vault_secret")).isZero();

      var connected = server.post(channels(id), wish.formatted("app-secret-7", verification));

      assertThat(connected.statusCode()).as(connected.body()).isEqualTo(201);
      var view = json(connected);
      assertThat(view.path("state").asString()).isEqualTo("connecting");
      assertThat(view.path("problem").asString()).contains("Feishu");
      assertThat(view.at("/identity/name").asString()).isEqualTo("rockpool");
      assertThat(connected.body())
          .doesNotContain("app-secret-7", "verification-7", "encrypt-key-7");
      var webhook = URI.create(view.path("webhook").asString());
      assertThat(webhook.toString()).startsWith(server.wiring.address() + "/webhook/feishu/");
      var one = channels(id) + "/" + view.path("id").asString();
      eventually(() -> assertThat(feishu.saveEventAddress(webhook)).isTrue());
      eventually(
          () -> assertThat(json(server.get(one)).path("state").asString()).isEqualTo("connected"));
      assertThat(json(server.post(one + "/test", "{}")).path("ok").asBoolean()).isTrue();
      assertThat(server.delete(one).statusCode()).isEqualTo(204);
      assertThat(count("vault_secret")).isZero();
    }
  }

  @Test
  void line_is_told_the_address_and_says_when_it_is_switched_off() {
    try (var line =
        new LineDouble(
            new LineDouble.Setting(
                Secret.of("line-channel-access-token"),
                Secret.of("8c570fa6dd201bb328f1c1eac23a96d8"),
                true),
            InstantSource.system())) {
      server.close();
      server = on(Map.of(Setting.LINE_API_ROOT, line.root().toString()));
      var id = server.create("{}");
      var wish =
          "{\"platform\":\"line\",\"token\":\"line-channel-access-token\",\"signingSecret\":\"8c570fa6dd201bb328f1c1eac23a96d8\"}";
      var half = server.post(channels(id), "{\"platform\":\"line\",\"token\":\"T\"}");
      assertThat(half.statusCode()).isEqualTo(422);
      assertThat(json(half).at("/errors/0/pointer").asString()).isEqualTo("/signingSecret");
      var shared = server.post(SHARED, wish);
      assertThat(shared.statusCode()).isEqualTo(422);
      assertThat(json(shared).at("/errors/0/pointer").asString()).isEqualTo("/platform");

      var connected = server.post(channels(id), wish);

      assertThat(connected.statusCode()).as(connected.body()).isEqualTo(201);
      var view = json(connected);
      assertThat(view.path("state").asString()).isEqualTo("connected");
      assertThat(view.has("webhook")).as("nobody enters it").isFalse();
      assertThat(line.webhook().orElseThrow().toString())
          .matches(server.wiring.address() + "/webhook/line/[0-9a-f]{32}");
      eventually(() -> assertThat(line.verify()).isTrue());
      var one = channels(id) + "/" + view.path("id").asString();
      assertThat(json(server.post(one + "/test", "{}")).path("ok").asBoolean()).isTrue();
      line.useWebhook(false);
      var test = server.post(one + "/test", "{}");
      assertThat(json(test).path("ok").asBoolean()).isFalse();
      assertThat(test.body()).contains("Use webhook");
      assertThat(server.delete(one).statusCode()).isEqualTo(204);
      assertThat(line.verify()).as("nobody is there any more").isFalse();
    }
  }

  @Test
  void a_shared_bot_is_the_operators_alone() {
    var ada = server.account("ada");
    var body = "{\"platform\":\"telegram\",\"token\":\"%s\",\"mode\":\"shared\"}".formatted(TOKEN);

    assertThat(server.send(withBody(server.request(SHARED, ada), "POST", body)).statusCode())
        .isEqualTo(403);
    var connected = server.post(SHARED, body);
    assertThat(connected.statusCode()).as(connected.body()).isEqualTo(201);
    var cid = json(connected).path("id").asString();
    assertThat(json(connected).path("mode").asString()).isEqualTo("shared");
    assertThat(connected.headers().firstValue("Location")).contains(SHARED + "/" + cid);
    assertThat(server.get(SHARED).body()).contains(cid);
    assertThat(server.get(SHARED + "/" + cid).statusCode()).isEqualTo(200);
    assertThat(server.post(SHARED + "/" + cid + "/test", "{}").statusCode()).isEqualTo(200);
    for (var path : List.of(SHARED, SHARED + "/" + cid)) {
      assertThat(server.send(server.request(path, ada)).statusCode()).isEqualTo(403);
    }
    assertThat(server.send(server.request(SHARED + "/" + cid, ada).DELETE()).statusCode())
        .isEqualTo(403);
    assertThat(server.delete(SHARED + "/" + cid).statusCode()).isEqualTo(204);
    assertThat(server.delete(SHARED + "/" + cid).statusCode()).isEqualTo(404);
    assertThat(telegram.webhook()).isEmpty();
  }

  @Test
  void another_accounts_channel_looks_as_if_it_were_not_there() {
    var ada = server.account("ada");
    var bob = server.account("bob");
    var hers =
        json(server.send(withBody(server.request("/api/v1/instances", ada), "POST", "{}")))
            .path("id")
            .asString();
    var his =
        json(server.send(withBody(server.request("/api/v1/instances", bob), "POST", "{}")))
            .path("id")
            .asString();
    var cid =
        json(server.send(
                withBody(
                    server.request(channels(hers), ada),
                    "POST",
                    "{\"platform\":\"telegram\",\"token\":\"%s\"}".formatted(TOKEN))))
            .path("id")
            .asString();

    for (var path : List.of(channels(hers) + "/" + cid, channels(his) + "/" + cid)) {
      assertThat(server.send(server.request(path, bob)).statusCode()).isEqualTo(404);
      assertThat(server.send(server.request(path, bob).DELETE()).statusCode()).isEqualTo(404);
      assertThat(
              server.send(withBody(server.request(path + "/test", bob), "POST", "{}")).statusCode())
          .isEqualTo(404);
      assertThat(
              server
                  .send(withBody(server.request(path, bob), "PATCH", "{\"dmPolicy\":\"open\"}"))
                  .statusCode())
          .isEqualTo(404);
      assertThat(server.send(server.request(path + "/pairings", bob)).statusCode()).isEqualTo(404);
    }
    assertThat(server.send(server.request(channels(hers) + "/" + cid, ada)).statusCode())
        .isEqualTo(200);
    assertThat(telegram.webhook()).isPresent();
  }

  @Test
  void a_destroyed_instance_leaves_no_webhook() {
    var id = server.running("{}");
    connect(id, TOKEN);

    server.delete("/api/v1/instances/" + id);

    eventually(() -> assertThat(count("channel_connection")).isZero());
    assertThat(telegram.webhook()).isEmpty();
    assertThat(count("vault_secret")).isZero();
  }

  @Test
  void one_whose_instance_has_just_started_is_looked_at_soon() {
    var id = server.running("{}");
    connect(id, TOKEN);
    assertThat(dueIn()).isGreaterThan(Duration.ofMinutes(5));

    gateway.ready(false);
    server.post("/api/v1/instances/" + id + "/restart", "{}");
    server.awaitStatus(id, "provisioning");
    var seen = gateway.seen.size();
    eventually(() ->
        assertThat(gateway.seen.stream().skip(seen))
            .as("it was asked in vain")
            .anyMatch(it -> it.target().endsWith("/readyz")));
    gateway.ready(true);

    eventually(() -> assertThat(dueIn()).isLessThan(Duration.ofSeconds(30)));
  }

  private Duration dueIn() {
    return server.inDatabase(sql ->
        sql.query(
                "SELECT due_at FROM channel_connection",
                row ->
                    Duration.between(
                        InstantSource.system().instant(),
                        Instant.ofEpochMilli(row.getLong("due_at"))))
            .getFirst());
  }

  @Test
  void a_server_that_moved_tells_its_new_address_at_once() {
    var id = server.create("{}");
    connect(id, TOKEN);
    var before = server.wiring.address();

    server.close();
    server = on(Map.of(Setting.TELEGRAM_API_ROOT, telegram.root().toString()));

    assertThat(server.wiring.address()).isNotEqualTo(before);
    eventually(() ->
        assertThat(telegram.webhook().orElseThrow().toString())
            .startsWith(server.wiring.address().toString()));
    assertThat(server.get("/api/v1/instances/" + id + "/events").body())
        .doesNotContain("ChannelWebhookRestored");
  }

  @Test
  void a_connection_outlives_the_server() {
    var id = server.create("{}");
    var cid = json(connect(id, TOKEN)).path("id").asString();

    server.close();
    server = on(Map.of(Setting.TELEGRAM_API_ROOT, telegram.root().toString()));

    assertThat(json(server.get(channels(id) + "/" + cid)).path("state").asString())
        .isEqualTo("connected");
    assertThat(server.delete(channels(id) + "/" + cid).statusCode()).isEqualTo(204);
    assertThat(telegram.webhook()).isEmpty();
  }

  @Test
  void what_the_instance_is_told_changes_while_it_runs_and_sleeps_on() {
    var id = server.running("{}");
    var generation = json(server.get("/api/v1/instances/" + id)).path("generation").asLong();

    var cid = json(connect(id, TOKEN)).path("id").asString();

    eventually(() ->
        assertThat(ground.configFile(TestServer.id(id), "openclaw.json").orElse(""))
            .contains("telegram-webhook"));
    server.delete(channels(id) + "/" + cid);
    eventually(() ->
        assertThat(ground.configFile(TestServer.id(id), "openclaw.json").orElse(""))
            .doesNotContain("telegram-webhook"));
    assertThat(json(server.get("/api/v1/instances/" + id)).path("generation").asLong())
        .isEqualTo(generation + 2);
    assertThat(server.status(id)).isEqualTo("running");
  }

  @Test
  void who_may_write_is_changed_while_the_instance_runs_and_the_bot_stays() {
    var id = server.running("{}");
    var one = channels(id) + "/" + json(connect(id, TOKEN)).path("id").asString();
    var calls = telegram.calls().size();

    var changed = server.patch(one, "{\"dmPolicy\":\"allowlist\",\"allowFrom\":[\"4001\"]}");

    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    assertThat(json(changed).path("dmPolicy").asString()).isEqualTo("allowlist");
    assertThat(json(changed).at("/allowFrom/0").asString()).isEqualTo("4001");
    assertThat(json(changed).path("state").asString()).isEqualTo("connected");
    eventually(() ->
        assertThat(ground.configFile(TestServer.id(id), "openclaw.json").orElse(""))
            .contains("\"allowlist\"", "\"4001\""));
    assertThat(server.status(id)).isEqualTo("running");
    assertThat(telegram.calls()).as("Telegram is asked nothing").hasSize(calls);
    assertThat(server.get("/api/v1/instances/" + id + "/events").body())
        .contains("Telegram (rockpool_bot) answers those alone who are named from now on.");
    for (var wrong :
        Map.of(
                "{}",
                "",
                "{\"allowFrom\":[]}",
                "/allowFrom",
                "{\"allowFrom\":[\"@eve\"]}",
                "/allowFrom",
                "{\"dmPolicy\":\"maybe\"}",
                "/dmPolicy")
            .entrySet()) {
      var refused = server.patch(one, wrong.getKey());
      assertThat(refused.statusCode()).as(wrong.getKey()).isEqualTo(422);
      assertThat(json(refused).at("/errors/0/pointer").asString()).isEqualTo(wrong.getValue());
    }
    assertThat(problem(server.patch(channels(id) + "/nothing", "{\"dmPolicy\":\"open\"}")))
        .isEqualTo("unknown-channel");
    assertThat(json(server.get(one)).path("dmPolicy").asString()).isEqualTo("allowlist");
  }

  @Test
  void pairings_are_asked_of_the_instance_which_is_woken_for_it() {
    var id = server.running("{}");
    var cid = json(connect(id, TOKEN)).path("id").asString();
    server.post("/api/v1/instances/" + id + "/sleep", "{\"level\":\"stopped\"}");
    server.awaitStatus(id, "stopped");
    gateway.restarted();

    var asked = server.get(channels(id) + "/" + cid + "/pairings");

    // The double has no WebSocket; RealPairingTest asks the real one.
    assertThat(problem(asked)).isEqualTo("gateway-unreachable");
    assertThat(server.status(id)).isEqualTo("running");
    assertThat(server.get(channels(id) + "/nothing/pairings").statusCode()).isEqualTo(404);
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
