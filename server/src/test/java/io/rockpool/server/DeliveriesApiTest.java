package io.rockpool.server;

import static io.rockpool.server.TestServer.eventually;
import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.tck.ListenerDouble;
import io.rockpool.channel.tck.ListenerDouble.Heard;
import io.rockpool.channel.tck.ListenerDouble.Manner;
import io.rockpool.channel.tck.TelegramDouble;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import io.rockpool.server.http.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Messages of a chat app on their whole way, from a platform to where an assistant listens. */
@Timeout(120)
class DeliveriesApiTest {
  private static final String TOKEN = "123456789:AAExample-token_of_35_characters_xyz";
  private static final String SECRET = "x-telegram-bot-api-secret-token";
  private static final long EVA = 7;
  private static final long TOM = 8;

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private final TelegramDouble telegram =
      new TelegramDouble(
          new TelegramDouble.Setting(Secret.of(TOKEN), "rockpool_bot", true, 0),
          InstantSource.system());
  private final ListenerDouble listener = new ListenerDouble(Telegram.PORT);
  private final int port = freePort();
  private TestServer server;
  private String id;

  @BeforeEach
  void open() {
    ground.listenersAt(listener.host());
    server = on();
    id = server.running("{}");
    var connected =
        server.post(
            "/api/v1/instances/%s/channels".formatted(id),
            "{\"platform\":\"telegram\",\"token\":\"%s\",\"dmPolicy\":\"open\"}".formatted(TOKEN));
    assertThat(connected.statusCode()).as(connected.body()).isEqualTo(201);
    assertThat(json(connected).path("state").asString()).isEqualTo("connected");
    server.awaitStatus(id, "running");
  }

  /** At the same port each time: platforms have its address. */
  private TestServer on() {
    return TestServer.on(
        folder,
        ground,
        Map.of(
            Setting.TELEGRAM_API_ROOT,
            telegram.root().toString(),
            Setting.PORT,
            Integer.toString(port)));
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() {
    server.close();
    telegram.close();
    listener.close();
    gateway.close();
  }

  private List<JsonNode> deliveries(String query) {
    var answer = server.get("/api/v1/instances/%s/deliveries%s".formatted(id, query));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer).path("items").valueStream().toList();
  }

  private void awaitDelivery(String state) {
    eventually(() ->
        assertThat(deliveries(""))
            .extracting(it -> it.path("state").asString())
            .containsOnly(state));
  }

  private List<String> texts() {
    return listener.heard().stream()
        .map(it -> Json.MAPPER.readTree(it.body()).at("/message/text").asString())
        .toList();
  }

  private void says(long user, String text) {
    var _ = telegram.says(user, user, text);
    telegram.deliverDue();
  }

  @Test
  void a_message_goes_all_the_way_and_is_shown_without_its_words() {
    listener.open();

    says(EVA, "the secret of Eva");

    awaitDelivery("delivered");
    assertThat(telegram.waiting()).isZero();
    assertThat(listener.heard()).hasSize(1);
    var shown = server.get("/api/v1/instances/%s/deliveries".formatted(id)).body();
    assertThat(shown).contains("\"platform\":\"telegram\"").doesNotContain("secret of Eva");
    var delivery = deliveries("").getFirst();
    assertThat(delivery.path("attempts").asInt()).isEqualTo(1);
    assertThat(delivery.path("receivedAt").asString()).isNotEmpty();
    assertThat(delivery.path("triedAt").asString()).isNotEmpty();
    assertThat(delivery.path("settledAt").asString()).isNotEmpty();
    assertThat(delivery.has("nextAt")).isFalse();
    var one =
        server.get(
            "/api/v1/instances/%s/deliveries/%s".formatted(id, delivery.path("id").asString()));
    assertThat(json(one)).isEqualTo(delivery);
  }

  @Test
  void mistake_4_a_message_to_a_stopped_instance_is_taken_and_starts_it() {
    listener.open();
    var slept = server.post("/api/v1/instances/%s/sleep".formatted(id), "{\"level\":\"stopped\"}");
    assertThat(slept.statusCode()).as(slept.body()).isEqualTo(202);
    server.awaitStatus(id, "stopped");
    gateway.restarted();

    says(EVA, "good morning");

    assertThat(telegram.waiting()).as("acknowledged").isZero();
    awaitDelivery("delivered");
    assertThat(texts()).containsExactly("good morning");
    assertThat(server.status(id)).isEqualTo("running");
  }

  @Test
  void mistakes_5_and_13_who_hangs_holds_up_neither_platform_nor_others_but_its_own_chat()
      throws InterruptedException {
    var reached = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    listener.once(held(reached, go)).open();
    says(EVA, "first");
    reached.await();

    says(EVA, "second");
    says(TOM, "hello from Tom");

    assertThat(telegram.waiting()).as("all are acknowledged meanwhile").isZero();
    eventually(() -> assertThat(texts()).contains("hello from Tom"));
    assertThat(texts()).doesNotContain("second");
    go.countDown();
    awaitDelivery("delivered");
    assertThat(texts()).containsExactly("first", "hello from Tom", "second");
  }

  private static Manner held(CountDownLatch reached, CountDownLatch go) {
    return exchange -> {
      reached.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      ListenerDouble.DURABLE.answer(exchange);
    };
  }

  @Test
  void mistake_6_what_an_assistant_answers_never_reaches_its_platform() {
    listener
        .once(exchange -> {
          var words = "{\"method\":\"deleteMessage\",\"chat_id\":7}".getBytes(UTF_8);
          exchange.sendResponseHeaders(410, words.length);
          exchange.getResponseBody().write(words);
        })
        .open();

    says(EVA, "hello");

    awaitDelivery("rejected");
    assertThat(telegram.waiting()).isZero();
    assertThat(telegram.calls()).doesNotContain("deleteMessage");
    assertThat(telegram.webhook()).isPresent();
  }

  @Test
  void mistakes_10_and_16_what_was_taken_is_delivered_by_the_next_server_with_the_same_secret() {
    says(EVA, "hello"); // nobody listens yet
    server.close();
    listener.open();

    server = on();

    awaitDelivery("delivered");
    says(EVA, "and again");
    eventually(() -> assertThat(texts()).containsExactly("hello", "and again"));
    awaitDelivery("delivered");
    assertThat(listener.heard())
        .extracting(it -> it.header(SECRET))
        .doesNotContain("")
        .containsOnly(listener.heard().getFirst().header(SECRET));
  }

  @Test
  void mistake_11_what_was_delivered_and_comes_again_is_not_delivered_again() {
    listener.open();
    says(EVA, "hello");
    awaitDelivery("delivered");
    var heard = listener.heard().getFirst();

    for (int i = 0; i < 3; i++) {
      assertThat(repeated(heard)).isEqualTo(200);
    }

    assertThat(deliveries("")).hasSize(1);
    says(EVA, "one more");
    eventually(() -> assertThat(texts()).containsExactly("hello", "one more"));
  }

  /** As the platform would, had it not heard our answer. */
  private int repeated(Heard heard) {
    return post(heard.header(SECRET), heard.body());
  }

  private int post(String secret, String body) {
    return server
        .send(
            HttpRequest.newBuilder(telegram.webhook().orElseThrow())
                .header("X-Telegram-Bot-Api-Secret-Token", secret)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body, ISO_8859_1)))
        .statusCode();
  }

  @Test
  void what_was_given_up_is_listed_and_delivered_when_somebody_wants_it() {
    listener.open();
    says(EVA, "hello");
    awaitDelivery("delivered");
    var secret = listener.heard().getFirst().header(SECRET);
    assertThat(post(secret, "{\"update_id\": no number }")).isEqualTo(200);

    var dead = deliveries("?state=dead");

    assertThat(dead).hasSize(1);
    assertThat(dead.getFirst().path("lastError").asString())
        .isEqualTo("It could not be understood: not a JSON object.");
    var path = "/api/v1/instances/%s/deliveries/".formatted(id);
    var key = dead.getFirst().path("id").asString();
    var replayed = server.post(path + key + "/replay", "{}");
    assertThat(replayed.statusCode()).as(replayed.body()).isEqualTo(202);
    assertThat(replayed.headers().firstValue("Location")).contains(path + key);
    awaitDelivery("delivered");
    assertThat(listener.heard().getLast().body()).isEqualTo("{\"update_id\": no number }");
    var again = server.post(path + key + "/replay", "{}");
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(problem(again)).isEqualTo("conflict");
  }

  @Test
  void a_list_is_read_page_by_page_and_nobody_sees_anothers() {
    listener.open();
    for (int i = 0; i < 3; i++) {
      says(EVA, "hello " + i);
    }
    awaitDelivery("delivered");
    var path = "/api/v1/instances/%s/deliveries".formatted(id);

    var first = json(server.get(path + "?limit=2"));
    var second = json(server.get(path + "?limit=2&cursor=" + first.path("next").asString()));

    assertThat(first.path("items").size()).isEqualTo(2);
    assertThat(second.path("items").size()).isEqualTo(1);
    assertThat(second.has("next")).isFalse();
    assertThat(deliveries("?state=dead")).isEmpty();
    assertThat(server.get(path + "?state=lost").statusCode()).isEqualTo(422);
    assertThat(problem(server.get(path + "/0123"))).isEqualTo("unknown-delivery");
    assertThat(problem(server.post(path + "/0123/replay", "{}"))).isEqualTo("unknown-delivery");
    var bob = server.account("bob");
    var key = second.path("items").path(0).path("id").asString();
    for (var request :
        List.of(
            server.request(path, bob),
            server.request(path + "/" + key, bob),
            TestServer.withBody(server.request(path + "/" + key + "/replay", bob), "POST", "{}"))) {
      var answer = server.send(request);
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(problem(answer)).isEqualTo("unknown-instance");
    }
  }

  @Test
  void what_comes_in_is_counted() {
    listener.open();
    says(EVA, "hello");
    awaitDelivery("delivered");

    var metrics = server.get("/metrics").body();

    assertThat(metrics)
        .contains(
            "rockpool_inbox_requests_total{channel=\"telegram\",outcome=\"accepted\"} 1.0",
            "rockpool_inbox_acknowledgement_seconds_count{channel=\"telegram\"} 1",
            "rockpool_inbox_attempts_total{channel=\"telegram\",outcome=\"delivered\"} 1.0",
            "rockpool_inbox_wake_seconds_count{channel=\"telegram\"} 1",
            "rockpool_inbox_delivery_seconds_count{channel=\"telegram\"} 1",
            "rockpool_inbox_messages{state=\"received\"} 0.0",
            "rockpool_inbox_messages{state=\"dead\"} 0.0",
            "rockpool_inbox_oldest_seconds 0.0")
        .doesNotContain("key", TOKEN);
  }

  @Test
  void disconnecting_ends_what_still_waits() {
    says(EVA, "hello"); // nobody listens
    var channels = "/api/v1/instances/%s/channels".formatted(id);
    var cid = json(server.get(channels)).at("/items/0/id").asString();

    assertThat(server.delete(channels + "/" + cid).statusCode()).isEqualTo(204);

    awaitDelivery("rejected");
    assertThat(deliveries("").getFirst().path("lastError").asString())
        .isEqualTo("The channel was disconnected.");
  }
}
