package io.rockpool.channel.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** That the double does what Slack is documented to do. */
class SlackDoubleTest {
  private final ManualClock clock = new ManualClock(Instant.parse("2026-11-22T08:00:00Z"));
  private final SlackDouble slack =
      new SlackDouble(
          new SlackDouble.Setting(Secret.of("xoxb-double"), Secret.of("signing"), 0), clock);
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Webhook> received = Collections.synchronizedList(new ArrayList<>());
  private volatile Function<Webhook, Reply> reply = SlackDoubleTest::challenge;
  private final Loopback ours =
      new Loopback(
          0,
          (path, request) -> {
            received.add(request);
            return reply.apply(request);
          });

  @AfterEach
  void close() {
    http.shutdownNow();
    slack.close();
    ours.close();
  }

  private static Reply challenge(Webhook request) {
    var body = StrictJson.object(request.body()).orElseThrow();
    return new Reply(200, Map.of(), StrictJson.text(body, "challenge"));
  }

  private void save() {
    assertThat(slack.saveEventAddress(ours.root())).isTrue();
    received.clear();
    reply = _ -> Reply.empty(200);
  }

  private HttpResponse<String> post(URI to, String token, String body) {
    var request =
        HttpRequest.newBuilder(to)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Authorization", token)
            .POST(HttpRequest.BodyPublishers.ofString(body, UTF_8))
            .build();
    try {
      return http.send(request, BodyHandlers.ofString(UTF_8));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String call(String method, String body) {
    return post(URI.create(slack.root() + "/" + method), "Bearer xoxb-double", body).body();
  }

  @Test
  void an_address_is_saved_once_it_returns_the_challenge() {
    reply = _ -> Reply.empty(200);
    assertThat(slack.saveEventAddress(ours.root())).isFalse();
    reply = SlackDoubleTest::challenge;

    assertThat(slack.saveEventAddress(ours.root())).isTrue();
    assertThat(received.getLast().only("x-slack-signature").orElseThrow()).startsWith("v0=");
  }

  @Test
  void an_event_is_sent_four_times_at_most_and_says_which_time_it_is() {
    save();
    reply = _ -> Reply.empty(503);
    slack.says("U1", "D1", "hello");

    slack.deliverDue();
    slack.deliverDue();
    slack.deliverDue();
    assertThat(received).hasSize(2);
    clock.advance(Duration.ofMinutes(1));
    slack.deliverDue();
    clock.advance(Duration.ofMinutes(5));
    slack.deliverDue();

    assertThat(received).hasSize(4);
    assertThat(received.getFirst().only("x-slack-retry-num")).isEmpty();
    assertThat(received.getLast().only("x-slack-retry-num")).contains("3");
    assertThat(received.getLast().only("x-slack-retry-reason")).contains("http_error");
    assertThat(received.getLast().body()).isEqualTo(received.getFirst().body());
    assertThat(slack.waiting()).isZero();
  }

  @Test
  void it_stops_where_it_is_told_to() {
    save();
    reply = _ -> Reply.empty(404).with("X-Slack-No-Retry", "1");
    slack.says("U1", "D1", "hello");

    slack.deliverDue();

    assertThat(slack.waiting()).isZero();
  }

  @Test
  void a_command_is_answered_at_once_or_by_its_address_five_times() {
    reply = _ -> Reply.empty(200);

    var answered = slack.commands(ours.root(), "U1", "D1", "/status", "now").orElseThrow();

    assertThat(answered.status()).isEqualTo(200);
    var form = Loopback.form(new String(received.getFirst().body(), UTF_8));
    assertThat(form).containsEntry("command", "/status").containsEntry("text", "now");
    var address = URI.create(form.getOrDefault("response_url", ""));
    for (var i = 0; i < 5; i++) {
      assertThat(post(address, "", "{\"text\":\"it runs\"}").statusCode()).isEqualTo(200);
    }
    assertThat(post(address, "", "{\"text\":\"it runs\"}").body()).isEqualTo("used_url");
    assertThat(slack.read("D1")).hasSize(5).contains("it runs");
  }

  @Test
  void what_is_pressed_and_what_happens_is_sent() {
    save();
    slack.says("U1", "D1", "hello");
    var _ = call("chat.postMessage", "{\"channel\":\"D1\",\"text\":\"yes or no?\"}");

    var answered = slack.presses(ours.root(), "U1", slack.said("D1").getFirst(), "yes");
    slack.happens(StrictJson.write().put("type", "app_uninstalled"));
    slack.deliverDue();

    assertThat(answered).contains(new SlackDouble.Answered(200, ""));
    assertThat(Loopback.form(new String(received.getFirst().body(), UTF_8)).get("payload"))
        .contains("block_actions")
        .contains("\"value\":\"yes\"");
    assertThat(received.stream().map(it -> new String(it.body(), UTF_8)))
        .anyMatch(it -> it.contains("app_uninstalled"));
  }

  @Test
  void nobody_answers_half_an_hour_later() {
    reply = _ -> Reply.empty(200);
    assertThat(slack.commands(ours.root(), "U1", "D1", "/status", "")).isPresent();
    var form = Loopback.form(new String(received.getFirst().body(), UTF_8));
    clock.advance(Duration.ofMinutes(31));

    var late = post(URI.create(form.getOrDefault("response_url", "")), "", "{\"text\":\"x\"}");

    assertThat(late.body()).isEqualTo("expired_url");
  }

  @Test
  void errors_are_answers_with_status_200() {
    slack.says("U1", "D1", "hello");

    var wrong = post(URI.create(slack.root() + "/auth.test"), "Bearer xoxb-other", "{}");
    assertThat(wrong.statusCode()).isEqualTo(200);
    assertThat(wrong.body()).contains("invalid_auth");
    assertThat(call("chat.postMessage", "{\"channel\":\"C9\",\"text\":\"x\"}"))
        .contains("channel_not_found");
    assertThat(call("chat.postMessage", "{\"channel\":\"D1\",\"text\":\"\"}")).contains("no_text");
    assertThat(
            call(
                "chat.postMessage",
                "{\"channel\":\"D1\",\"text\":\"%s\"}".formatted("x".repeat(40_001))))
        .contains("msg_too_long");
    assertThat(call("chat.update", "{\"channel\":\"D1\",\"ts\":\"1.1\",\"text\":\"x\"}"))
        .contains("message_not_found");
    assertThat(call("files.upload", "{}")).contains("unknown_method");
    assertThat(call("auth.test", "{}")).contains("\"user_id\":\"U0BOT\"");
  }
}
