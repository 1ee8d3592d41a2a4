package io.rockpool.server;

import static io.rockpool.server.TestServer.eventually;
import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.event.Events;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.State;
import io.rockpool.control.webhook.Publisher;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Webhooks of operators, through the API and over HTTP. */
@Timeout(120)
class WebhookApiTest {
  private static final String ALL = "/api/v1/webhooks";

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private final ReceiverDouble receiver = new ReceiverDouble();
  private TestServer server;

  @BeforeEach
  void open() {
    server = TestServer.on(folder, ground);
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
    receiver.close();
  }

  /** Its id. */
  private String made(String types) {
    var made =
        server.post(
            ALL, "{\"url\":\"%s\",\"inside\":true,\"types\":%s}".formatted(receiver.url(), types));
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    receiver.receiver.trust(json(made).path("secret").asString(""));
    return json(made).path("id").asString("");
  }

  private JsonNode show(String id) {
    return json(server.get(ALL + "/" + id));
  }

  private JsonNode attempts(String id) {
    return json(server.get(ALL + "/" + id + "/attempts")).path("items");
  }

  @Test
  void the_life_of_an_instance_is_told_to_a_receiver_that_verifies_it() {
    var hook = made("[]");

    var id =
        json(server.send(
                withBody(server.request("/api/v1/instances", server.account("ada")), "POST", "{}")))
            .path("id")
            .asString("");
    server.awaitStatus(id, "running");
    server.delete("/api/v1/instances/" + id);
    server.awaitGone(id);

    eventually(() ->
        assertThat(receiver.types())
            .contains("instance.created", "instance.ready", "instance.destroyed"));
    assertThat(receiver.receiver.refusals()).isEmpty();
    assertThat(receiver.messages())
        .allSatisfy(it -> {
          assertThat(it.propertyNames()).containsExactly("type", "timestamp", "data");
          assertThat(Instant.parse(it.path("timestamp").asString(""))).isBefore(Instant.MAX);
          assertThat(it.at("/data/instance").asString("")).isEqualTo(id);
          assertThat(it.at("/data/account").asString("")).isEqualTo("ada");
          assertThat(it.at("/data/message").asString("")).isNotBlank();
        });
    eventually(
        () -> assertThat(attempts(hook).findValuesAsString("state")).containsOnly("delivered"));
    assertThat(attempts(hook).findValuesAsString("status")).containsOnly("2xx");
    assertThat(show(hook).has("failingSince")).isFalse();
  }

  @Test
  void only_what_was_asked_for_is_told() {
    made("[\"instance.ready\",\"budget.*\"]");

    server.running("{}");

    eventually(() -> assertThat(receiver.types()).containsExactly("instance.ready"));
  }

  @Test
  void messages_outlive_the_server() {
    receiver.receiver.answer(503);
    var hook = made("[\"instance.ready\"]");
    server.running("{}");
    eventually(() -> assertThat(attempts(hook).at("/0/attempts").asInt(0)).isOne());

    server.close();
    receiver.receiver.answer(200);
    server = TestServer.on(folder, ground);

    eventually(() -> assertThat(receiver.types()).containsExactly("instance.ready"));
    assertThat(receiver.receiver.attempts(receiver.receiver.ids().getFirst())).isEqualTo(2);
  }

  @Test
  void a_webhook_is_made_shown_changed_and_forgotten() {
    var made =
        server.post(ALL, "{\"url\":\"https://Hooks.Example.com\",\"types\":[\"delivery.dead\"]}");

    assertThat(made.statusCode()).isEqualTo(201);
    var id = json(made).path("id").asString("");
    assertThat(made.headers().firstValue("Location")).contains(ALL + "/" + id);
    assertThat(json(made).path("url").asString("")).isEqualTo("https://hooks.example.com/");
    assertThat(json(made).path("secret").asString("")).startsWith("whsec_").hasSize(6 + 44);
    assertThat(server.get(ALL).body()).contains(id).doesNotContain("whsec_");
    assertThat(show(id).path("enabled").asBoolean(false)).isTrue();

    var changed =
        server.patch(
            ALL + "/" + id,
            "{\"url\":\"https://other.example.com:8443/x?y=z\",\"types\":[],\"enabled\":false}");
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    assertThat(show(id).path("url").asString("")).isEqualTo("https://other.example.com:8443/x?y=z");
    assertThat(show(id).path("types")).isEmpty();
    assertThat(show(id).path("enabled").asBoolean(true)).isFalse();

    assertThat(server.delete(ALL + "/" + id).statusCode()).isEqualTo(204);
    assertThat(server.delete(ALL + "/" + id).statusCode()).isEqualTo(404);
    assertThat(problem(server.get(ALL + "/" + id))).isEqualTo("unknown-webhook");
  }

  @Test
  void a_secret_is_shown_once_also_to_whoever_repeats_the_request() {
    var body = "{\"url\":\"https://hooks.example.com/\"}";

    var first =
        server.send(withBody(server.request(ALL).header("Idempotency-Key", "k"), "POST", body));
    var again =
        server.send(withBody(server.request(ALL).header("Idempotency-Key", "k"), "POST", body));

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(problem(again)).isEqualTo("shown-once");
    assertThat(json(server.get(ALL)).path("items")).hasSize(1);
  }

  @Test
  void nor_does_a_change_lead_there() {
    var id =
        json(server.post(ALL, "{\"url\":\"https://hooks.example.com/\"}")).path("id").asString("");
    for (var change :
        List.of(
            "{\"url\":\"https://169.254.169.254/\"}",
            "{\"url\":\"http://hooks.example.com/\"}",
            "{\"url\":\"http://a@127.0.0.1/\",\"inside\":true}")) {
      assertThat(server.patch(ALL + "/" + id, change).statusCode()).as(change).isEqualTo(422);
    }
    assertThat(show(id).path("url").asString("")).isEqualTo("https://hooks.example.com/");

    server.patch(ALL + "/" + id, "{\"url\":\"http://127.0.0.1:1/\",\"inside\":true}");
    assertThat(server.patch(ALL + "/" + id, "{\"inside\":false}").statusCode()).isEqualTo(422);
    assertThat(server.patch(ALL + "/" + id, "{\"enabled\":false}").statusCode()).isEqualTo(200);
  }

  @Test
  void a_try_shows_what_comes_of_it() {
    var hook = made("[\"instance.failed\"]");

    var good = server.post(ALL + "/" + hook + "/test", "{}");
    receiver.receiver.answer(500);
    var bad = server.post(ALL + "/" + hook + "/test", "{}");
    server.patch(ALL + "/" + hook, "{\"url\":\"http://127.0.0.1:1/\",\"inside\":true}");
    var absent = server.post(ALL + "/" + hook + "/test", "{}");

    assertThat(good.statusCode()).isEqualTo(200);
    assertThat(json(good).path("delivered").asBoolean(false)).isTrue();
    assertThat(json(good).path("status").asString("")).isEqualTo("2xx");
    assertThat(receiver.types()).containsExactly("rockpool.test");
    assertThat(json(bad).path("delivered").asBoolean(true)).isFalse();
    assertThat(json(bad).path("message").asString("")).isEqualTo("It failed: see its log.");
    assertThat(json(absent).path("status").asString("")).isEqualTo("none");
    assertThat(attempts(hook)).isEmpty();
    assertThat(problem(server.post(ALL + "/nobody/test", "{}"))).isEqualTo("unknown-webhook");
  }

  @Test
  void a_rotation_gives_a_new_secret_and_the_old_one_is_good_for_a_day() {
    var hook = made("[]");

    var rotated = json(server.post(ALL + "/" + hook + "/rotate", "{}"));

    assertThat(rotated.path("secret").asString("")).startsWith("whsec_");
    assertThat(show(hook).path("previousUntil")).isEqualTo(rotated.path("previousUntil"));
    server.post(ALL + "/" + hook + "/test", "{}");
    receiver.receiver.trust(rotated.path("secret").asString(""));
    server.post(ALL + "/" + hook + "/test", "{}");
    assertThat(receiver.types()).containsExactly("rockpool.test", "rockpool.test");

    var next = json(server.post(ALL + "/" + hook + "/rotate", "{\"overlapSeconds\":0}"));
    server.post(ALL + "/" + hook + "/test", "{}");
    assertThat(receiver.receiver.refusals()).containsExactly("signature");
    receiver.receiver.trust(next.path("secret").asString(""));
    server.post(ALL + "/" + hook + "/test", "{}");
    assertThat(receiver.types()).hasSize(3);
    assertThat(
            server.post(ALL + "/" + hook + "/rotate", "{\"overlapSeconds\":604801}").statusCode())
        .isEqualTo(422);
  }

  @Test
  void who_is_gone_is_shown_as_disabled_and_gets_the_message_when_it_is_back() {
    receiver.receiver.answer(410);
    var hook = made("[\"instance.ready\"]");
    server.running("{}");
    eventually(() -> assertThat(show(hook).path("enabled").asBoolean(true)).isFalse());

    var failed = attempts(hook).get(0);
    assertThat(show(hook).path("trouble").asString("")).isEqualTo("It is gone for good (410).");
    assertThat(failed.path("state").asString("")).isEqualTo("failed");
    assertThat(failed.path("type").asString("")).isEqualTo("instance.ready");
    assertThat(failed.path("status").asString("")).isEqualTo("4xx");
    assertThat(failed.has("nextAt")).isFalse();
    var replay = ALL + "/" + hook + "/attempts/" + failed.path("id").asString("") + "/replay";
    assertThat(problem(server.post(replay, "{}"))).isEqualTo("conflict");
    receiver.receiver.answer(200);
    server.patch(ALL + "/" + hook, "{\"enabled\":true}");
    assertThat(show(hook).has("trouble")).isFalse();

    assertThat(server.post(replay, "{}").statusCode()).isEqualTo(202);

    eventually(
        () -> assertThat(receiver.receiver.ids()).containsExactly(failed.path("id").asString("")));
    assertThat(problem(server.post(ALL + "/" + hook + "/attempts/msg_unheardof/replay", "{}")))
        .isEqualTo("unknown-attempt");
  }

  @Test
  void attempts_are_listed_page_by_page() {
    receiver.receiver.answer(500);
    var hook = made("[\"instance.created\"]");
    for (int n = 0; n < 3; n++) {
      server.create("{}");
    }

    var seen = new ArrayList<String>();
    var path = ALL + "/" + hook + "/attempts?limit=2";
    var page = json(server.get(path));
    seen.addAll(page.path("items").findValuesAsString("id"));
    var last = json(server.get(path + "&cursor=" + page.path("next").asString("")));
    seen.addAll(last.path("items").findValuesAsString("id"));

    assertThat(seen).hasSize(3).doesNotHaveDuplicates();
    assertThat(last.has("next")).isFalse();
    eventually(() -> assertThat(attempts(hook).findValuesAsString("status")).containsOnly("5xx"));
    assertThat(attempts(hook).findValuesAsString("nextAt")).hasSize(3);
    assertThat(json(server.get(path + "&state=delivered")).path("items")).isEmpty();
    assertThat(server.get(path + "&state=dead").statusCode()).isEqualTo(422);
  }

  @Test
  void a_message_of_a_chat_that_was_given_up_is_told() {
    made("[\"delivery.dead\"]");
    var id = server.running("{}");
    var now = InstantSource.system().instant();
    var message =
        new InboxMessage(
            "key",
            1,
            new InstanceId(id),
            "admin",
            "bot",
            "7",
            "telegram",
            "chat",
            State.DEAD,
            10,
            false,
            now,
            now,
            now,
            now,
            now,
            null);

    server.inDatabase(sql ->
        sql.transaction(it -> {
          new DeliveryEvents(new Events(it, InstantSource.system(), new Publisher(new Random(1))))
              .givenUp(it, message, "Given up after 10 attempts: It is broken.");
          return true;
        }));

    eventually(() -> assertThat(receiver.types()).containsExactly("delivery.dead"));
    assertThat(receiver.messages().getFirst().at("/data/message").asString(""))
        .isEqualTo(
            "A message of telegram was given up. Given up after 10 attempts: It is broken. It is kept for a week, and can be delivered again.");
  }
}
