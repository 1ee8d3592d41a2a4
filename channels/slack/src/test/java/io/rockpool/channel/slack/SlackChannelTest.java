package io.rockpool.channel.slack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Place;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.tck.ChannelContract;
import io.rockpool.channel.tck.Mutations;
import io.rockpool.channel.tck.People;
import io.rockpool.channel.tck.SlackDouble;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.io.IOException;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class SlackChannelTest extends ChannelContract {
  private final SlackDouble slack =
      new SlackDouble(
          new SlackDouble.Setting(Secret.of("xoxb-double"), Secret.of("signing-secret"), 0),
          new ManualClock(NOW));

  @Override
  protected Channel channel() {
    return new SlackChannel();
  }

  @Override
  protected People people() {
    return slack;
  }

  private static JsonNode vector(String name) throws IOException {
    try (var file = SlackChannelTest.class.getResourceAsStream("vectors.json")) {
      return StrictJson.object(file.readAllBytes()).orElseThrow().path(name);
    }
  }

  private Receipt receive(JsonNode vector, String type, Instant now) {
    var request =
        new Webhook(
            "POST",
            Map.of(
                "Content-Type",
                List.of(type),
                "X-Slack-Request-Timestamp",
                List.of(vector.path("timestamp").stringValue()),
                "X-Slack-Signature",
                List.of(vector.path("signature").stringValue())),
            "",
            vector.path("body").stringValue().getBytes(UTF_8));
    var secret = Secret.of(vector.path("signing_secret").stringValue());
    return channel().receiver(new Keys(secret, "")).receive(request, now);
  }

  private static Instant at(JsonNode vector) {
    return Instant.ofEpochSecond(Long.parseLong(vector.path("timestamp").stringValue()));
  }

  private Receipt json(String body) {
    return receive(slack.sends(body.getBytes(UTF_8)));
  }

  private Receipt form(String body) {
    return receive(slack.form(body.getBytes(UTF_8)));
  }

  private Receipt event(String event) {
    return json(
        "{\"type\":\"event_callback\",\"team_id\":\"T1\",\"api_app_id\":\"A1\",\"event_id\":\"Ev1\",\"event\":%s}"
            .formatted(event));
  }

  @Test
  void it_is_found_by_its_name() {
    assertThat(ServiceLoader.load(Channel.class))
        .anySatisfy(it -> assertThat(it.name()).isEqualTo("slack"));
  }

  // The vectors

  @Test
  void the_command_of_slacks_own_documentation_is_read() throws IOException {
    var vector = vector("slack_v0");

    var message = only(receive(vector, "application/x-www-form-urlencoded", at(vector)));

    assertThat(message)
        .isEqualTo(
            new Inbound(
                "command:398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
                "",
                "T1DC2JH3J:G8PSS9T3V",
                Inbound.Kind.COMMAND,
                "U2CERLKJA",
                new Place("G8PSS9T3V", ""),
                false,
                "/webhook-collect"));
  }

  @Test
  void an_event_in_utf_8_is_read() throws IOException {
    var vector = vector("slack_v0_event_utf8");

    var message = only(receive(vector, "application/json", at(vector)));

    assertThat(message)
        .isEqualTo(
            new Inbound(
                "A1:Ev08MFMKH6",
                "D1:1732149999.000100",
                "T1:D1",
                Inbound.Kind.MESSAGE,
                "U1",
                new Place("D1", ""),
                true,
                "héllo 🦀"));
  }

  @Test
  void another_body_under_the_same_signature_is_forged() throws IOException {
    var vector = vector("slack_v0_reject_body");

    assertThat(receive(vector, "application/x-www-form-urlencoded", at(vector)))
        .isInstanceOf(Receipt.Forged.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-300, 300})
  void five_minutes_is_not_too_old(int seconds) throws IOException {
    var vector = vector("slack_v0_event_utf8");

    assertThat(receive(vector, "application/json", at(vector).plusSeconds(seconds)))
        .isInstanceOf(Receipt.Messages.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-301, 301, 86_400})
  void more_is(int seconds) throws IOException {
    var vector = vector("slack_v0_event_utf8");

    assertThat(receive(vector, "application/json", at(vector).plusSeconds(seconds)))
        .isInstanceOf(Receipt.Forged.class);
  }

  // What Slack asks for itself

  @Test
  void a_challenge_is_returned_to_slack_and_to_nobody_else() {
    var body = "{\"token\":\"t\",\"challenge\":\"3eZbrw1a\",\"type\":\"url_verification\"}";

    var receipt = json(body);

    assertThat(receipt).isInstanceOf(Receipt.Probe.class);
    assertThat(receipt.reply().body()).isEqualTo("3eZbrw1a");
    assertThat(receipt.reply().headers().get("Content-Type")).startsWith("text/plain");
    var forged = receive(slack.forged(slack.sends(body.getBytes(UTF_8))));
    assertThat(forged.reply().body()).isEmpty();
    assertThat(json(body.replace("3eZbrw1a", "x".repeat(1_001))))
        .isInstanceOf(Receipt.Unreadable.class);
  }

  @Test
  void a_check_of_the_certificate_is_answered() {
    assertThat(form("ssl_check=1&token=t")).isEqualTo(new Receipt.Probe(Reply.empty(200)));
  }

  @Test
  void a_forgery_is_not_sent_again() {
    var reply = receive(slack.forged(slack.writes(1, slack.chat(1), "x"))).reply();

    assertThat(reply).isEqualTo(Reply.empty(401).with("X-Slack-No-Retry", "1"));
  }

  // What is for nobody

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U0BOT\",\"text\":\"x\",\"ts\":\"1.1\"}",
        "{\"type\":\"message\",\"subtype\":\"bot_message\",\"channel\":\"C1\",\"ts\":\"1.1\"}",
        "{\"type\":\"app_mention\",\"channel\":\"C1\",\"bot_id\":\"B9\",\"ts\":\"1.1\"}",
        "{\"type\":\"message\",\"subtype\":\"message_changed\",\"channel\":\"C1\","
            + "\"message\":{\"user\":\"U0BOT\",\"ts\":\"1.1\",\"text\":\"y\"}}",
        "{\"type\":\"message\",\"subtype\":\"message_deleted\",\"channel\":\"C1\","
            + "\"previous_message\":{\"bot_id\":\"B0BOT\",\"ts\":\"1.1\"}}"
      })
  void what_we_wrote_does_not_come_back(String event) {
    assertThat(event(event)).isEqualTo(new Receipt.Ignored("written by a bot", Reply.empty(200)));
  }

  @Test
  void that_slack_leaves_events_out_is_news_and_no_message() {
    assertThat(json("{\"type\":\"app_rate_limited\",\"team_id\":\"T1\"}"))
        .isInstanceOf(Receipt.Ignored.class);
  }

  // What is for somebody

  @Test
  void a_thread_is_a_lane_of_its_own() {
    var message =
        only(
            event(
                "{\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\",\"text\":\"x\","
                    + "\"ts\":\"2.2\",\"thread_ts\":\"1.1\",\"channel_type\":\"channel\"}"));

    assertThat(message.lane()).isEqualTo("T1:C1:1.1");
    assertThat(message.place()).isEqualTo(new Place("C1", "1.1"));
    assertThat(message.direct()).isFalse();
  }

  @Test
  void two_notices_of_one_message_are_about_the_same() {
    var event =
        "{\"type\":\"%s\",\"channel\":\"C1\",\"user\":\"U1\",\"text\":\"x\",\"ts\":\"2.2\"}";

    var message = only(event(event.formatted("message")));
    var mention = only(event(event.formatted("app_mention")));

    assertThat(mention.message()).isEqualTo(message.message()).isNotEmpty();
    assertThat(mention.kind()).isEqualTo(Inbound.Kind.MESSAGE);
  }

  @Test
  void an_edit_tells_the_new_words() {
    var message =
        only(
            event(
                "{\"type\":\"message\",\"subtype\":\"message_changed\",\"channel\":\"C1\",\"ts\":\"3.3\","
                    + "\"message\":{\"user\":\"U1\",\"ts\":\"1.1\",\"text\":\"new\"}}"));

    assertThat(message.kind()).isEqualTo(Inbound.Kind.EDIT);
    assertThat(message.text()).isEqualTo("new");
    assertThat(message.sender()).isEqualTo("U1");
    assertThat(message.message()).isEqualTo("C1:1.1");
  }

  @Test
  void who_takes_the_app_away_ends_the_connection() {
    var gone = only(event("{\"type\":\"app_uninstalled\"}"));
    var revoked = only(event("{\"type\":\"tokens_revoked\",\"tokens\":{\"bot\":[\"U0BOT\"]}}"));
    var others =
        only(event("{\"type\":\"tokens_revoked\",\"tokens\":{\"oauth\":[\"U1\"],\"bot\":[]}}"));

    assertThat(gone.kind()).isEqualTo(Inbound.Kind.REVOKED);
    assertThat(gone.lane()).isEqualTo("T1");
    assertThat(revoked.kind()).isEqualTo(Inbound.Kind.REVOKED);
    assertThat(others.kind()).isEqualTo(Inbound.Kind.OTHER);
  }

  @Test
  void a_reaction_is_in_the_lane_of_its_channel() {
    var message =
        only(
            event(
                "{\"type\":\"reaction_added\",\"user\":\"U1\",\"reaction\":\"+1\","
                    + "\"item\":{\"type\":\"message\",\"channel\":\"C1\",\"ts\":\"1.1\"}}"));

    assertThat(message.kind()).isEqualTo(Inbound.Kind.OTHER);
    assertThat(message.lane()).isEqualTo("T1:C1");
    assertThat(message.message()).isEqualTo("C1:1.1");
  }

  @Test
  void what_has_no_id_is_not_understood() {
    assertThat(
            json(
                "{\"type\":\"event_callback\",\"team_id\":\"T1\",\"event\":{\"type\":\"message\"}}"))
        .isInstanceOf(Receipt.Unreadable.class);
    assertThat(form("command=%2Fx&team_id=T1&channel_id=C1"))
        .isInstanceOf(Receipt.Unreadable.class);
    assertThat(form("command=%2Fx&trigger_id=1&trigger_id=2&channel_id=C1"))
        .as("twice")
        .isInstanceOf(Receipt.Unreadable.class);
    assertThat(form("command=%zz&trigger_id=1&channel_id=C1"))
        .isInstanceOf(Receipt.Unreadable.class);
  }

  // What is pressed

  private Receipt payload(String json) {
    return form("payload=" + URLEncoder.encode(json, UTF_8));
  }

  @Test
  void a_press_tells_its_value_and_its_message() {
    var receipt =
        payload(
            "{\"type\":\"block_actions\",\"trigger_id\":\"9.9\",\"team\":{\"id\":\"T1\"},"
                + "\"user\":{\"id\":\"U1\"},\"channel\":{\"id\":\"D1\"},\"message\":{\"ts\":\"1.1\"},"
                + "\"actions\":[{\"value\":\"yes\"}]}");

    assertThat(only(receipt))
        .isEqualTo(
            new Inbound(
                "action:9.9",
                "D1:1.1",
                "T1:D1",
                Inbound.Kind.ACTION,
                "U1",
                new Place("D1", ""),
                true,
                "yes"));
    assertThat(receipt.reply()).isEqualTo(Reply.empty(200));
    assertThat(((Receipt.Messages) receipt).contentType())
        .isEqualTo("application/x-www-form-urlencoded");
  }

  @Test
  void a_form_closes_and_a_menu_has_no_options_without_waking_anybody() {
    var submitted =
        payload(
            "{\"type\":\"view_submission\",\"trigger_id\":\"9.9\",\"team\":{\"id\":\"T1\"},"
                + "\"user\":{\"id\":\"U1\"}}");
    var asked = payload("{\"type\":\"block_suggestion\",\"team\":{\"id\":\"T1\"}}");

    assertThat(only(submitted).lane()).isEqualTo("T1:U1");
    assertThat(submitted.reply().body()).isEqualTo("{\"response_action\":\"clear\"}");
    assertThat(asked).isEqualTo(new Receipt.Probe(Reply.json("{\"options\":[]}")));
  }

  // Answers

  @Test
  void who_types_a_command_while_we_are_busy_reads_so() {
    var reply = channel().busy(slack.form("command=%2Fx".getBytes(UTF_8)), Duration.ofSeconds(5));

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).contains("ephemeral").contains("try again");
  }

  @Test
  void mutated_forms_are_refused_or_read_and_nothing_is_thrown() {
    var mutations = new Mutations(7);
    var payload =
        "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%229.9%22%2C%22team%22%3A"
            + "%7B%22id%22%3A%22T1%22%7D%7D";
    var command = "command=%2Fx&text=now&trigger_id=1.2&team_id=T1&channel_id=C1&user_id=U1";

    for (var i = 0; i < 10_000; i++) {
      var body = mutations.of((i % 2 == 0 ? payload : command).getBytes(UTF_8));
      assertThat(receive(slack.form(body)).reply().status()).isEqualTo(200);
    }
  }

  @Test
  void a_token_tells_the_workspace() {
    assertThat(done(bot().check())).isEqualTo(new Identity("U0BOT", "rockpool", "T0001"));
  }

  @Test
  void an_answer_in_a_thread_stays_in_it() {
    done(bot().send(new Place(slack.chat(1), "1.1"), "hello"));

    assertThat(slack.said(slack.chat(1)).getFirst().thread()).isEqualTo("1.1");
  }

  @Test
  void markup_of_slacks_is_shown_as_it_was_written() {
    done(bot().send(new Place(slack.chat(1), ""), "<!channel> &amp;"));

    assertThat(slack.read(slack.chat(1))).containsExactly("<!channel> &amp;");
  }
}
