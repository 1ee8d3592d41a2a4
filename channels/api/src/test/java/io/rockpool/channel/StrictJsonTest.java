package io.rockpool.channel;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StrictJsonTest {
  @Test
  void what_two_readers_could_read_as_two_things_is_read_as_none() {
    var bodies =
        List.of(
            "{\"a\":1,\"a\":2}",
            "{\"b\":{\"a\":1,\"\\u0061\":2}}",
            "{} {}",
            "{}x",
            "[{}]",
            "\"{}\"",
            "",
            "{\"a\":NaN}",
            "{'a':1}",
            "{\"a\":1,}",
            "/**/{}",
            "{\"a\":" + "9".repeat(101) + "}",
            "{\"" + "a".repeat(300) + "\":1}");

    assertThat(bodies).allMatch(it -> StrictJson.object(it.getBytes(UTF_8)).isEmpty());
  }

  @Test
  void only_utf_8_is_text() {
    assertThat(StrictJson.object("{\"a\":\"é\"}".getBytes(UTF_8))).isPresent();
    assertThat(StrictJson.object("{\"a\":\"é\"}".getBytes(UTF_16))).isEmpty();
    assertThat(StrictJson.object(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"', '}'}))
        .isEmpty();
  }

  @Test
  void nesting_ends_somewhere() {
    var deep = StrictJson.DEEPEST;

    assertThat(StrictJson.object("{\"a\":".repeat(deep) + "1" + "}".repeat(deep))).isPresent();
    assertThat(StrictJson.object("{\"a\":".repeat(deep + 1) + "1" + "}".repeat(deep + 1)))
        .isEmpty();
  }

  @Test
  void a_request_shows_nothing_of_what_it_holds_and_a_header_sent_twice_is_none() {
    var request =
        new Webhook(
            "POST",
            Map.of("X-Token", List.of("secret"), "x-token", List.of("other"), "A", List.of("b")),
            "q=1",
            "body".getBytes(UTF_8));

    assertThat(request).hasToString("Webhook[POST, 4 bytes]");
    assertThat(request.only("x-token")).isEmpty();
    assertThat(request.only("a")).contains("b");
    assertThat(request.headers().get("x-token")).containsExactlyInAnyOrder("secret", "other");
  }
}
