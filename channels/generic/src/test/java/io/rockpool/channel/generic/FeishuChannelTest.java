package io.rockpool.channel.generic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Pair;
import io.rockpool.channel.Place;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Reply;
import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.tck.ChannelContract;
import io.rockpool.channel.tck.FeishuDouble;
import io.rockpool.channel.tck.Mutations;
import io.rockpool.channel.tck.People;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class FeishuChannelTest extends ChannelContract {
  private static final Secret TOKEN = Secret.of("v");
  private static final Secret KEY = Secret.of("encrypt-key");

  private final FeishuDouble feishu =
      new FeishuDouble(
          new FeishuDouble.Setting(
              new Pair(Secret.of("cli_a1b2"), Secret.of("app-secret-of-it")), TOKEN, KEY),
          new ManualClock(NOW));

  @Override
  protected Reply taken() {
    return Reply.json("{}");
  }

  @Override
  protected Channel channel() {
    return new FeishuChannel();
  }

  @Override
  protected People people() {
    return feishu;
  }

  private Receipt signed(ObjectNode body) {
    return receive(feishu.sends(feishu.encrypted(body)));
  }

  private Receipt signed(String body) {
    return signed(StrictJson.object(body).orElseThrow());
  }

  private static Receipt receive(JsonNode vector, Instant now) {
    var request =
        new Webhook(
            "POST",
            Map.of(
                "X-Lark-Request-Timestamp",
                List.of(vector.path("timestamp").stringValue()),
                "X-Lark-Request-Nonce",
                List.of(vector.path("nonce").stringValue()),
                "X-Lark-Signature",
                List.of(vector.path("signature").stringValue())),
            "",
            vector.path("body").stringValue().getBytes(UTF_8));
    var keys = new Pair(TOKEN, Secret.of(vector.path("encryptKey").stringValue())).joined();
    return new FeishuChannel().receiver(new Keys(keys, "")).receive(request, now);
  }

  private static Instant at(JsonNode vector) {
    return Instant.ofEpochSecond(Long.parseLong(vector.path("timestamp").stringValue()));
  }

  @Test
  void it_is_found_by_its_name() {
    assertThat(ServiceLoader.load(Channel.class))
        .anySatisfy(it -> assertThat(it.name()).isEqualTo("feishu"));
  }

  // The vectors

  @Test
  void the_body_of_feishus_own_documentation_is_decrypted() {
    var vector = Vectors.of("feishu_encrypt");
    var envelope = new Envelope("encrypt", Secret.of(vector.path("encryptKey").stringValue()));

    assertThat(envelope.decrypted(vector.path("encrypt").stringValue()))
        .hasValueSatisfying(
            it -> assertThat(new String(it, UTF_8)).isEqualTo(vector.path("plain").stringValue()));
  }

  @Test
  void a_signed_and_encrypted_request_is_read() {
    var vector = Vectors.of("feishu_event");

    assertThat(receive(vector, at(vector)))
        .isEqualTo(new Receipt.Probe(Reply.json("{\"challenge\":\"ajls384kdjx98XX\"}")));
  }

  @ParameterizedTest
  @ValueSource(ints = {-3_600, 3_600})
  void an_hour_is_not_too_old(int seconds) {
    var vector = Vectors.of("feishu_event");

    assertThat(receive(vector, at(vector).plusSeconds(seconds))).isInstanceOf(Receipt.Probe.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-3_601, 3_601, 86_400})
  void more_is(int seconds) {
    var vector = Vectors.of("feishu_event");

    assertThat(receive(vector, at(vector).plusSeconds(seconds))).isInstanceOf(Receipt.Forged.class);
  }

  // The challenge

  @Test
  void a_challenge_may_come_unsigned_if_it_shows_the_token() {
    var asked = feishu.challenge("ajls384");

    for (var body : List.of(feishu.encrypted(asked), asked.toString().getBytes(UTF_8))) {
      assertThat(receive(FeishuDouble.unsigned(body)))
          .isEqualTo(new Receipt.Probe(Reply.json("{\"challenge\":\"ajls384\"}")));
    }
  }

  @Test
  void a_challenge_of_a_stranger_is_not_returned() {
    var wrongToken = feishu.challenge("c").put("token", "w");
    var none = feishu.challenge("c");
    none.remove("token");
    var long1 = feishu.challenge("x".repeat(1_001));
    var large = feishu.challenge("c").put("more", "x".repeat(4_096));

    for (var body : List.of(wrongToken, none, long1, large)) {
      assertThat(receive(FeishuDouble.unsigned(feishu.encrypted(body))))
          .isInstanceOf(Receipt.Forged.class);
    }
    assertThat(signed(wrongToken)).as("signed").isInstanceOf(Receipt.Forged.class);
    assertThat(receive(feishu.forged(feishu.sends(feishu.encrypted(feishu.challenge("c"))))))
        .as("wrongly signed")
        .isInstanceOf(Receipt.Forged.class);
  }

  @Test
  void nothing_but_a_challenge_is_taken_unsigned() {
    var message = feishu.message(1, feishu.chat(1), "hello");

    for (var body :
        List.of(feishu.encrypted(message), message.toString().getBytes(UTF_8), new byte[0])) {
      assertThat(receive(FeishuDouble.unsigned(body)))
          .isEqualTo(new Receipt.Forged(Reply.empty(401)));
    }
  }

  @Test
  void both_parts_of_the_secret_are_needed() {
    for (var half : List.of("token", ":key", "token:", " :key")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> channel().receiver(new Keys(Secret.of(half), "")))
          .withMessageContaining("Encrypt Key");
    }
  }

  // What is for somebody

  @Test
  void an_event_of_the_first_version_is_read() {
    var receipt =
        signed(
            "{\"ts\":\"1502199207.7171419\",\"uuid\":\"bc447199585340d1f3728d26b1c0297a\",\"token\":\"v\","
                + "\"type\":\"event_callback\",\"event\":{\"type\":\"message\",\"app_id\":\"cli_a1b2\","
                + "\"chat_type\":\"private\",\"msg_type\":\"text\",\"open_chat_id\":\"oc_1\","
                + "\"open_id\":\"ou_1\",\"open_message_id\":\"om_1\",\"text\":\"hello\"}}");

    assertThat(only(receipt))
        .isEqualTo(
            new Inbound(
                "message:bc447199585340d1f3728d26b1c0297a",
                "om_1",
                "oc_1",
                Inbound.Kind.MESSAGE,
                "ou_1",
                new Place("oc_1", ""),
                true,
                "hello"));
  }

  @Test
  void a_message_has_its_types_name_in_its_id() {
    var message = only(receive(feishu.writes(7, feishu.chat(1), "hello")));

    assertThat(message.id()).isEqualTo("im.message.receive_v1:event00000007");
    assertThat(message.message()).isEqualTo("om_7");
  }

  @Test
  void what_is_pressed_is_in_the_lane_of_its_chat() {
    var pressed = feishu.happens(3, "card.action.trigger");
    var event = (ObjectNode) pressed.path("event");
    event.putObject("operator").put("open_id", "ou_1");
    event.putObject("context").put("open_chat_id", "oc_1").put("open_message_id", "om_1");

    var message = only(signed(pressed));

    assertThat(message.kind()).isEqualTo(Inbound.Kind.ACTION);
    assertThat(message.lane()).isEqualTo("oc_1");
    assertThat(message.sender()).isEqualTo("ou_1");
  }

  @Test
  void what_nobody_knows_yet_is_a_lane_of_its_own() {
    var message = only(signed(feishu.happens(9, "some.new.event_v9")));

    assertThat(message.kind()).isEqualTo(Inbound.Kind.OTHER);
    assertThat(message.lane()).isEqualTo("some.new.event_v9:event00000009");
  }

  @Test
  void ids_that_no_store_could_keep_are_not_taken_from_inside() {
    for (var bad : List.of("", " ", "a".repeat(300), "\u0000", "é")) {
      var body = feishu.message(1, feishu.chat(1), "hello");
      ((ObjectNode) body.path("header")).put("event_id", bad);
      assertThat(signed(body)).as(bad).isInstanceOf(Receipt.Unreadable.class);
    }
  }

  @Test
  void ten_thousand_bodies_that_were_mutated_before_they_were_encrypted_are_read_or_not() {
    var mutations = new Mutations(11);
    var plain = feishu.message(1, feishu.chat(1), "hello").toString().getBytes(UTF_8);

    for (var i = 0; i < 10_000; i++) {
      var receipt = receive(feishu.sends(feishu.encrypted(mutations.of(plain))));
      assertThat(receipt.reply().status()).isEqualTo(200);
    }
  }

  // Speaking

  @Test
  void an_app_says_who_its_bot_is() {
    assertThat(done(bot().check())).isEqualTo(new Identity("ou_0b07", "rockpool", ""));
  }

  @Test
  void a_message_is_edited_twenty_times() {
    var posted = done(bot().send(new Place(feishu.chat(1), ""), "0"));
    for (var i = 1; i <= 20; i++) {
      assertThat(bot().edit(posted, "n" + i)).isInstanceOf(Outcome.Done.class);
    }

    assertThat(bot().edit(posted, "once more")).isInstanceOf(Outcome.Refused.class);
    assertThat(feishu.read(feishu.chat(1))).containsExactly("n20");
  }

  @Test
  void who_comes_too_early_is_told_so_by_a_status_that_feishu_repeats() {
    var reply = channel().busy(feishu.writes(1, feishu.chat(1), "x"), Duration.ofMillis(3));

    assertThat(reply).isEqualTo(Reply.empty(503).with("Retry-After", "1"));
  }
}
