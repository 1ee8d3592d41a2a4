package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** That the double does what Telegram is documented to do. */
class TelegramDoubleTest {
  private static final String TOKEN = "7000:double-token";

  private final ManualClock clock = new ManualClock(Instant.parse("2026-11-22T08:00:00Z"));
  private final TelegramDouble telegram =
      new TelegramDouble(new TelegramDouble.Setting(Secret.of(TOKEN), "rock_bot", true, 0), clock);
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Webhook> received = Collections.synchronizedList(new ArrayList<>());
  private volatile Reply reply = Reply.empty(200);
  private final Loopback ours =
      new Loopback(
          0,
          (path, request) -> {
            received.add(request);
            return reply;
          });

  @AfterEach
  void close() {
    http.shutdownNow();
    telegram.close();
    ours.close();
  }

  private ObjectNode call(String method, String parameters) {
    return call(TOKEN, method, parameters);
  }

  private ObjectNode call(String token, String method, String parameters) {
    var request =
        HttpRequest.newBuilder(URI.create("%s/bot%s/%s".formatted(telegram.root(), token, method)))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(parameters, UTF_8))
            .build();
    try {
      return StrictJson.object(http.send(request, BodyHandlers.ofByteArray()).body()).orElseThrow();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private int code(String method, String parameters) {
    return call(method, parameters).path("error_code").intValue(0);
  }

  private void setWebhook() {
    assertThat(
            call(
                    "setWebhook",
                    "{\"url\":\"%s/hook\",\"secret_token\":\"s-1\"}".formatted(ours.root()))
                .path("ok")
                .booleanValue())
        .isTrue();
  }

  @Test
  void a_token_of_another_bot_is_401_and_one_of_no_bot_404() {
    assertThat(call("7000:other", "getMe", "{}").path("error_code").intValue()).isEqualTo(401);
    assertThat(call("nonsense", "getMe", "{}").path("error_code").intValue()).isEqualTo(404);
    assertThat(call("getMe", "{}").path("result").path("username").stringValue())
        .isEqualTo("rock_bot");
  }

  @Test
  void an_update_comes_with_its_secret_and_once() {
    setWebhook();
    telegram.says(7, 7, "hello");

    telegram.deliverDue();
    telegram.deliverDue();

    assertThat(received).hasSize(1);
    assertThat(received.getFirst().only("x-telegram-bot-api-secret-token")).contains("s-1");
    assertThat(telegram.waiting()).isZero();
  }

  @Test
  void a_call_without_the_secret_takes_it_away() {
    setWebhook();
    var _ = call("setWebhook", "{\"url\":\"%s\"}".formatted(ours.root()));
    telegram.says(7, 7, "hello");

    telegram.deliverDue();

    assertThat(received.getFirst().only("x-telegram-bot-api-secret-token")).isEmpty();
  }

  @Test
  void what_failed_comes_again_later_and_holds_back_its_chat_only() {
    setWebhook();
    reply = Reply.empty(500);
    telegram.says(7, 7, "first");
    telegram.says(7, 7, "second");
    telegram.says(8, 8, "elsewhere");

    telegram.deliverDue();
    assertThat(received).hasSize(2);
    telegram.deliverDue();
    assertThat(received).as("at once, again").hasSize(4);
    telegram.deliverDue();
    assertThat(received).as("then after a while").hasSize(4);
    assertThat(call("getWebhookInfo", "{}").at("/result/last_error_message").stringValue())
        .contains("500");

    reply = Reply.empty(200);
    clock.advance(Duration.ofSeconds(2));
    telegram.deliverDue();
    telegram.deliverDue();

    assertThat(received).hasSize(7);
    assertThat(new String(received.getLast().body(), UTF_8)).contains("second");
    assertThat(telegram.waiting()).isZero();
  }

  @Test
  void it_waits_as_long_as_it_is_asked_to() {
    setWebhook();
    reply = Reply.empty(503).with("Retry-After", "600");
    telegram.says(7, 7, "hello");
    telegram.deliverDue();

    clock.advance(Duration.ofSeconds(599));
    telegram.deliverDue();
    assertThat(received).hasSize(1);
    clock.advance(Duration.ofSeconds(1));
    telegram.deliverDue();
    assertThat(received).hasSize(2);
  }

  @Test
  void nothing_is_older_than_a_day() {
    setWebhook();
    reply = Reply.empty(404);
    telegram.says(7, 7, "hello");
    telegram.deliverDue();

    clock.advance(Duration.ofHours(25));
    telegram.deliverDue();

    assertThat(telegram.waiting()).isZero();
    assertThat(telegram.webhook()).isPresent();
  }

  @Test
  void a_webhook_that_says_for_a_day_that_it_is_gone_is_taken_at_its_word() {
    setWebhook();
    reply = Reply.empty(410);
    telegram.says(7, 7, "hello");
    telegram.deliverDue();
    clock.advance(Duration.ofHours(23));

    telegram.deliverDue();

    assertThat(telegram.webhook()).isEmpty();
  }

  @Test
  void an_answer_with_a_method_in_it_is_a_call() {
    setWebhook();
    reply = Reply.json("{\"method\":\"sendMessage\",\"chat_id\":7,\"text\":\"echo\"}");
    telegram.says(7, 7, "hello");

    telegram.deliverDue();

    assertThat(telegram.read("7")).containsExactly("echo");
  }

  @Test
  void there_is_one_way_to_get_updates() {
    telegram.says(7, 7, "hello");
    assertThat(call("getUpdates", "{}").path("result")).hasSize(1);
    setWebhook();

    assertThat(code("getUpdates", "{}")).isEqualTo(409);
    assertThat(code("deleteWebhook", "{}")).isZero();
    var update = call("getUpdates", "{}").path("result").path(0).path("update_id").longValue();
    assertThat(call("getUpdates", "{\"offset\":%d}".formatted(update + 1)).path("result"))
        .isEmpty();
  }

  @Test
  void the_second_who_polls_ends_the_first() throws Exception {
    var first = CompletableFuture.supplyAsync(() -> call("getUpdates", "{\"timeout\":50}"));
    await().untilAsserted(() -> assertThat(telegram.calls()).isNotEmpty());

    assertThat(call("getUpdates", "{}").path("result")).isEmpty();
    assertThat(first.get(10, TimeUnit.SECONDS).path("description").stringValue())
        .contains("terminated by other getUpdates");
  }

  @Test
  void what_telegram_would_refuse_is_refused() {
    telegram.says(7, 7, "hello");

    assertThat(
            code("setWebhook", "{\"url\":\"%s\",\"secret_token\":\"a b\"}".formatted(ours.root())))
        .isEqualTo(400);
    assertThat(code("setWebhook", "{\"url\":\"x\",\"max_connections\":101}")).isEqualTo(400);
    assertThat(code("sendMessage", "{\"chat_id\":7,\"text\":\"\"}")).isEqualTo(400);
    assertThat(code("sendMessage", "{\"chat_id\":99,\"text\":\"x\"}")).isEqualTo(400);
    assertThat(code("sendMessage", "{\"chat_id\":7,\"text\":\"%s\"}".formatted("x".repeat(4_097))))
        .isEqualTo(400);
    assertThat(
            code("sendMessage", "{\"chat_id\":7,\"text\":\"a.b\",\"parse_mode\":\"MarkdownV2\"}"))
        .isEqualTo(400);
    assertThat(code("sendMessage", "{\"chat_id\":7,\"text\":\"a < b\",\"parse_mode\":\"HTML\"}"))
        .isEqualTo(400);
    assertThat(code("logOut2", "{}")).isEqualTo(404);
    assertThat(telegram.said(7)).isEmpty();
  }

  @Test
  void markup_is_not_part_of_what_is_read() {
    telegram.says(7, 7, "hello");

    assertThat(
            code(
                "sendMessage",
                "{\"chat_id\":7,\"text\":\"<b>a</b> &lt; <pre><code>b</code></pre>\","
                    + "\"parse_mode\":\"HTML\"}"))
        .isZero();
    assertThat(telegram.read("7")).containsExactly("a < b");
  }

  @Test
  void what_is_pressed_is_an_update() {
    setWebhook();
    telegram.says(7, 7, "hello");
    var _ = call("sendMessage", "{\"chat_id\":7,\"text\":\"yes or no?\"}");
    var update = telegram.presses(7, telegram.said(7).getFirst(), "yes");

    telegram.deliverDue();

    assertThat(received.stream().map(it -> new String(it.body(), UTF_8)))
        .anyMatch(it ->
            it.contains("\"update_id\":" + update)
                && it.contains("callback_query")
                && it.contains("\"data\":\"yes\""));
  }

  @Test
  void it_delivers_by_itself_once_it_is_told_to() {
    setWebhook();
    telegram.start();

    telegram.says(7, 7, "hello");

    await().untilAsserted(() -> assertThat(received).hasSize(1));
  }
}
