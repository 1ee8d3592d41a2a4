package io.rockpool.control.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.ManualClock;
import io.rockpool.runtime.tck.StandardReceiver;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Vectors of channels.md, part 7; and the receiver that other tests rely on. */
class SignatureTest {
  private static JsonNode vector(String name) throws IOException {
    try (var file = SignatureTest.class.getResourceAsStream("vectors.json")) {
      return JsonMapper.shared().readTree(file).path(name);
    }
  }

  private static String sign(JsonNode vector) {
    return Signature.of(
        List.of(Secret.of(text(vector, "secret"))),
        text(vector, "id"),
        Long.parseLong(text(vector, "timestamp")),
        text(vector, "body").getBytes(UTF_8));
  }

  private static String text(JsonNode vector, String field) {
    return vector.path(field).stringValue();
  }

  /** What a receiver with the vector's secret answers to it, at a time. */
  private static int receive(JsonNode vector, String clock, String signature, String body) {
    var now = Instant.ofEpochSecond(Long.parseLong(clock));
    return new StandardReceiver(new ManualClock(now), text(vector, "secret"))
        .receive(
            "POST",
            Map.of(
                "Content-Type",
                "application/json",
                "webhook-id",
                text(vector, "id"),
                "webhook-timestamp",
                text(vector, "timestamp"),
                "webhook-signature",
                signature),
            body.getBytes(UTF_8));
  }

  @Test
  void the_sample_of_the_specification_is_signed_as_it_says() throws IOException {
    var vector = vector("standard_webhooks_v1");

    assertThat(sign(vector)).isEqualTo(text(vector, "signature"));
  }

  @Test
  void our_signature_is_one_of_those_of_a_rotation() throws IOException {
    var vector = vector("standard_webhooks_rotation");

    assertThat(text(vector, "signature").split(" ")).contains(sign(vector));
  }

  @Test
  void several_secrets_sign_beside_each_other_newest_first() throws IOException {
    var vector = vector("standard_webhooks_rotation");
    var other = Signature.freshSecret(new SplittableRandom(7));

    var both =
        Signature.of(
            List.of(other, Secret.of(text(vector, "secret"))),
            text(vector, "id"),
            Long.parseLong(text(vector, "timestamp")),
            text(vector, "body").getBytes(UTF_8));

    assertThat(both.split(" ")).hasSize(2);
    assertThat(both).endsWith(" " + sign(vector));
    assertThat(receive(vector, text(vector, "timestamp"), both, text(vector, "body")))
        .isEqualTo(204);
  }

  @Test
  void a_fresh_secret_has_32_bytes_and_a_prefix() {
    var secret = Signature.freshSecret(new SplittableRandom(7)).reveal();

    assertThat(secret).startsWith("whsec_");
    assertThat(Base64.getDecoder().decode(secret.substring(6))).hasSize(32);
    assertThat(Signature.freshSecret(new SplittableRandom(8)).reveal()).isNotEqualTo(secret);
  }

  @Test
  void the_receiver_takes_what_a_real_one_takes() throws IOException {
    for (var name : List.of("standard_webhooks_v1", "standard_webhooks_rotation")) {
      var vector = vector(name);
      var timestamp = text(vector, "timestamp");

      assertThat(receive(vector, timestamp, text(vector, "signature"), text(vector, "body")))
          .as(name)
          .isEqualTo(204);
    }
  }

  @Test
  void the_receiver_refuses_what_a_real_one_refuses() throws IOException {
    var old = vector("standard_webhooks_reject_old");
    var good = vector("standard_webhooks_v1");
    var timestamp = text(good, "timestamp");
    var signature = text(good, "signature");
    var body = text(good, "body");

    assertThat(receive(old, text(old, "clock"), text(old, "signature"), text(old, "body")))
        .isEqualTo(400);
    assertThat(receive(good, timestamp, signature, body + " ")).isEqualTo(401);
    assertThat(receive(good, timestamp, signature.replace("v1,", "v1a,"), body)).isEqualTo(401);
    assertThat(receive(good, timestamp, signature.substring(3), body)).isEqualTo(401);
    assertThat(receive(good, timestamp, "", body)).isEqualTo(401);
    assertThat(receive(good, "1614265631", signature, body)).isEqualTo(400);
    assertThat(receive(good, "1614265029", signature, body)).isEqualTo(400);
  }
}
