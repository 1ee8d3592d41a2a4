package io.rockpool.channel.generic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.channel.StrictJson;
import io.rockpool.channel.Webhook;
import io.rockpool.channel.generic.Proof.Algorithm;
import io.rockpool.channel.generic.Proof.Encoding;
import io.rockpool.runtime.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a scheme can say beyond the platforms that are here. */
class SchemeTest {
  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");

  /** As GitHub and the WhatsApp Cloud API sign. */
  private static final Proof HUB =
      new Proof(
          "X-Hub-Signature-256",
          Algorithm.HMAC_SHA_256,
          Encoding.HEX,
          "sha256=",
          "{body}",
          Optional.empty());

  private static Proof proof(Algorithm algorithm, String signed, boolean isDated) {
    return new Proof(
        "X-Signature",
        algorithm,
        Encoding.HEX,
        "",
        signed,
        isDated
            ? Optional.of(new Proof.Stamp("X-Time", "", Duration.ofMinutes(5)))
            : Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"hub_sha256", "whatsapp_cloud"})
  void other_platforms_vectors_are_right_by_their_scheme(String name) {
    var vector = Vectors.of(name);
    var secret = vector.path(name.equals("hub_sha256") ? "secret" : "app_secret").stringValue();
    var body = vector.path("body").stringValue().getBytes(UTF_8);
    var headers = Map.of("X-Hub-Signature-256", List.of(vector.path("header").stringValue()));
    var request = new Webhook("POST", headers, "", body);

    assertThat(new Signature(HUB, Secret.of(secret)).isRight(request, NOW)).isTrue();
    assertThat(new Signature(HUB, Secret.of("another")).isRight(request, NOW)).isFalse();
    body[0] ^= 1;
    assertThat(new Signature(HUB, Secret.of(secret)).isRight(request, NOW)).isFalse();
  }

  @Test
  void text_between_the_values_is_signed_too() {
    var one = new Signature(proof(Algorithm.HMAC_SHA_256, "v0:{timestamp}:{body}", true), SECRET);
    var other = new Signature(proof(Algorithm.HMAC_SHA_256, "{timestamp}{body}", true), SECRET);

    assertThat(one.sign(new byte[1], NOW)).isNotEqualTo(other.sign(new byte[1], NOW));
    assertThat(one.sign(new byte[1], NOW)).containsEntry("X-Time", "1795334400");
  }

  private static final Secret SECRET = Secret.of("secret");

  @Test
  void a_proof_that_proves_nothing_cannot_be_said() {
    for (var wrong :
        Map.of(
                "{timestamp}", Algorithm.HMAC_SHA_256,
                "{body}", Algorithm.SHA_256,
                "{secret}{body}", Algorithm.HMAC_SHA_256)
            .entrySet()) {
      assertThatIllegalArgumentException()
          .as(wrong.getKey())
          .isThrownBy(
              () -> proof(wrong.getValue(), wrong.getKey(), wrong.getKey().contains("time")));
    }
    assertThatIllegalArgumentException()
        .as("a time that anybody can change")
        .isThrownBy(() -> proof(Algorithm.HMAC_SHA_256, "{body}", true));
  }

  @Test
  void a_spot_is_the_first_that_is_a_text() {
    var json = StrictJson.object("{\"a\":{\"b/c\":\"x\",\"n\":7},\"t\":\"{\\\"u\\\":\\\"y\\\"}\"}");

    assertThat(Spot.at("/a/n", "/nothing", "/a/b~1c").in(json.orElseThrow())).isEqualTo("x");
    assertThat(Spot.at("/t/u").in(json.orElseThrow())).as("inside a text").isEqualTo("y");
    assertThat(Spot.at("/a/b~1c/d", "/a").in(json.orElseThrow())).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> Spot.at("a"));
  }
}
