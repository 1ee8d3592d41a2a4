package io.rockpool.server.http;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.runtime.Secret;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

class JsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "{",
        "{\"hunter2\":1,\"hunter2\":2}",
        "{} {}",
        "{\"a\":NaN}",
        "{\"a\":-Infinity}",
        "{\"a\":1e400}",
        "{\"a\":01}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "/* c */{}",
        "{\"a\":\"hunter2\u0001\"}",
        "\ufeff{}",
      })
  void loose_json_is_refused_without_repeating_it(String text) {
    var parsed = Json.parse(ByteBuffer.wrap(text.getBytes(UTF_8)));

    assertThat(parsed).isInstanceOf(Json.Broken.class);
    assertThat(parsed.toString()).doesNotContain("hunter2");
  }

  @Test
  void the_place_of_the_fault_is_told() {
    assertThat(Json.parse(ByteBuffer.wrap("{\n  \"a\": x}".getBytes(UTF_8))).toString())
        .contains("line 2, column 8");
  }

  @Test
  void nesting_has_an_end() {
    assertThat(nested(32)).isInstanceOf(Json.Tree.class);
    assertThat(nested(33)).isInstanceOf(Json.Broken.class);
    assertThat(nested(400_000)).isInstanceOf(Json.Broken.class);
  }

  private static Json.Parsed nested(int depth) {
    return Json.parse(ByteBuffer.wrap(("[".repeat(depth) + "]".repeat(depth)).getBytes(UTF_8)));
  }

  @Test
  void numbers_and_names_have_an_end() {
    assertThat(Json.parse(ByteBuffer.wrap(("[" + "1".repeat(101) + "]").getBytes(UTF_8))))
        .isInstanceOf(Json.Broken.class);
    assertThat(Json.parse(ByteBuffer.wrap(("{\"" + "n".repeat(300) + "\":1}").getBytes(UTF_8))))
        .isInstanceOf(Json.Broken.class);
  }

  @Test
  void other_encodings_are_refused() {
    assertThat(Json.parse(ByteBuffer.wrap("{}".getBytes(UTF_16)))).isInstanceOf(Json.Broken.class);
    assertThat(Json.parse(ByteBuffer.wrap(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"'})))
        .isEqualTo(new Json.Broken("The body is not UTF-8. Send JSON in UTF-8."));
  }

  record Answered(Secret key) {}

  @Test
  void a_secret_is_never_written() {
    assertThatThrownBy(() -> Json.MAPPER.writeValueAsString(new Answered(Secret.of("hunter2"))))
        .isInstanceOfAny(JacksonException.class, IllegalStateException.class)
        .hasMessageNotContaining("hunter2");
  }
}
