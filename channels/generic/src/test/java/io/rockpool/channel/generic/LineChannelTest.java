package io.rockpool.channel.generic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Place;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Registrar;
import io.rockpool.channel.Registration;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.tck.ChannelContract;
import io.rockpool.channel.tck.LineDouble;
import io.rockpool.channel.tck.People;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class LineChannelTest extends ChannelContract {
  private static final Secret SECRET = Secret.of("8c570fa6dd201bb328f1c1eac23a96d8");
  private static final URI OURS = URI.create("https://rockpool.example/webhook/line/key");

  private final LineDouble line =
      new LineDouble(
          new LineDouble.Setting(Secret.of("line-channel-access-token"), SECRET, false),
          new ManualClock(NOW));

  @Override
  protected Channel channel() {
    return new LineChannel();
  }

  @Override
  protected People people() {
    return line;
  }

  @Override
  protected boolean canEdit() {
    return false;
  }

  private Registrar registrar() {
    return (Registrar) bot();
  }

  private Receipt json(String body) {
    return receive(line.sends(body.getBytes(UTF_8)));
  }

  @Test
  void it_is_found_by_its_name() {
    assertThat(ServiceLoader.load(Channel.class))
        .anySatisfy(it -> assertThat(it.name()).isEqualTo("line"));
  }

  @Test
  void the_vectors_signature_is_right() {
    var vector = Vectors.of("line_signature");
    var request =
        new Webhook(
            "POST",
            Map.of("x-line-signature", List.of(vector.path("header").stringValue())),
            "",
            vector.path("body").stringValue().getBytes(UTF_8));
    var secret = Secret.of(vector.path("channel_secret").stringValue());

    assertThat(channel().receiver(new Keys(secret, "")).receive(request, NOW))
        .as("genuine, and no events")
        .isInstanceOf(Receipt.Unreadable.class);
    assertThat(channel().receiver(new Keys(SECRET, "")).receive(request, NOW))
        .isInstanceOf(Receipt.Forged.class);
  }

  @Test
  void no_events_are_a_question_and_kept_nowhere() {
    assertThat(json("{\"destination\":\"U1\",\"events\":[]}"))
        .isEqualTo(new Receipt.Probe(Reply.empty(200)));
    assertThat(json("{\"destination\":\"U1\",\"events\":{}}"))
        .isInstanceOf(Receipt.Unreadable.class);
  }

  @Test
  void several_events_of_one_body_are_several_messages_in_their_lanes() {
    var receipt =
        receive(
            line.writes(
                List.of(
                    line.event(1, line.chat(1), "one"),
                    line.event(2, line.chat(2), "two").put("mode", "standby"),
                    line.event(3, line.chat(2), "three"))));

    assertThat(((Receipt.Messages) receipt).messages())
        .extracting(Inbound::text, Inbound::lane)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("one", line.chat(1)),
            org.assertj.core.groups.Tuple.tuple("three", line.chat(2)));
  }

  @Test
  void one_event_that_is_not_understood_spoils_its_body() {
    var event = line.event(1, line.chat(1), "one");
    event.remove("webhookEventId");

    assertThat(receive(line.writes(List.of(line.event(2, line.chat(1), "two"), event))))
        .isInstanceOf(Receipt.Unreadable.class);
    assertThat(json("{\"events\":[7]}")).isInstanceOf(Receipt.Unreadable.class);
  }

  @Test
  void groups_and_rooms_are_lanes_whoever_writes() {
    var event =
        "{\"events\":[{\"type\":\"%s\",\"mode\":\"active\",\"webhookEventId\":\"01E\",\"source\":%s}]}";

    var group =
        only(
            json(
                event.formatted(
                    "join", "{\"type\":\"group\",\"groupId\":\"Cg\",\"userId\":\"Uu\"}")));
    var room = only(json(event.formatted("memberJoined", "{\"type\":\"room\",\"roomId\":\"Rr\"}")));
    var nobody = only(json(event.formatted("module", "{}")));

    assertThat(group)
        .isEqualTo(
            new Inbound(
                "join:01E", "", "Cg", Inbound.Kind.OTHER, "Uu", new Place("Cg", ""), false, ""));
    assertThat(room.lane()).isEqualTo("Rr");
    assertThat(nobody.lane()).as("of its own").isEqualTo("module:01E");
  }

  @Test
  void what_is_pressed_tells_its_value() {
    var pressed =
        only(
            json(
                "{\"events\":[{\"type\":\"postback\",\"webhookEventId\":\"01E\",\"postback\":{\"data\":\"yes\"},"
                    + "\"source\":{\"type\":\"user\",\"userId\":\"Uu\"}}]}"));

    assertThat(pressed.kind()).isEqualTo(Inbound.Kind.ACTION);
    assertThat(pressed.text()).isEqualTo("yes");
    assertThat(pressed.direct()).isTrue();
  }

  // The webhook

  @Test
  void the_address_is_told_to_line_and_not_taken_away() {
    assertThat(done(registrar().registered()).address()).isEmpty();

    assertThat(done(registrar().register(OURS, SECRET)))
        .isEqualTo(new Registration(OURS.toString(), 0, null, ""));

    assertThat(line.webhook()).contains(OURS);
    assertThat(done(registrar().registered()).address()).isEqualTo(OURS.toString());
    assertThat(done(registrar().unregister()).address()).isEmpty();
    assertThat(registrar().takesSecret()).as("the channel has one of its own").isFalse();
  }

  @Test
  void a_webhook_that_is_switched_off_is_said_with_what_to_do() {
    line.useWebhook(false);

    var outcome = registrar().register(OURS, SECRET);

    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    assertThat(((Outcome.Refused<?>) outcome).advice()).contains("Use webhook");
    assertThat(line.webhook()).contains(OURS);
  }

  @Test
  void an_address_that_line_would_not_take_is_known_before() {
    var plain = URI.create("http://rockpool.example/webhook/line/key");

    assertThat(registrar().objection(plain)).isPresent();
    assertThat(registrar().objection(OURS)).isEmpty();
    assertThat(registrar().register(plain, SECRET)).isInstanceOf(Outcome.Refused.class);
  }
}
