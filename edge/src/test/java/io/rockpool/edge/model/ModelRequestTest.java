package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelRequestTest {
  record Row(String name, String body, boolean chinese) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> languages =
      List.of(
          new Row("English", said("hello"), false),
          new Row("Chinese", said("你好吗"), true),
          new Row("Chinese, escaped", said("\\u4f60\\u597d"), true),
          new Row("Chinese, with words of OpenClaw behind it", said("你好", "<<<CONTEXT>>>"), true),
          new Row("Chinese long ago", said("你好", "a", "b", "c"), false),
          new Row(
              "Chinese in a tool alone",
              "{\"messages\":[{\"content\":\"hello\"}],\"model\":\"m\",\"tools\":[{\"text\":\"你好\"}]}",
              false));

  @ParameterizedTest
  @FieldSource("languages")
  void the_language_is_that_of_what_was_said_last(Row row) throws Exception {
    assertThat(read(row.body()).chinese()).isEqualTo(row.chinese());
  }

  @Test
  void what_is_changed_is_cut_in_and_every_other_byte_stays() throws Exception {
    var body =
        " {\"temperature\": 1.0, \"model\" : \"m\",\n \"max_tokens\": 1e3x, \"x\": \"é\\u00e9\"}"
            .replace("1e3x", "1000");

    var changed =
        read(body)
            .with(
                body.getBytes(StandardCharsets.UTF_8),
                Map.of("max_tokens", "7", "stream_options", "{}"),
                Map.of());

    assertThat(new String(changed, StandardCharsets.UTF_8))
        .isEqualTo(
            " {\"stream_options\":{},\"temperature\": 1.0, \"model\" : \"m\",\n \"max_tokens\": 7, \"x\": \"é\\u00e9\"}");
  }

  @Test
  void a_name_that_no_model_has_is_refused() {
    for (var name : List.of("", " ", "m".repeat(201))) {
      assertThatExceptionOfType(ModelRequest.Unreadable.class)
          .isThrownBy(() -> read("{\"model\":\"" + name + "\"}"))
          .withMessageContaining("the name of a model");
    }
  }

  @Test
  void names_deep_inside_are_not_those_of_the_request() throws Exception {
    var request =
        read(
            "{\"messages\":[{\"model\":\"other\",\"max_tokens\":5,\"stream\":true}],\"model\":\"m\"}");

    assertThat(request.model()).isEqualTo("m");
    assertThat(request.written()).isZero();
    assertThat(request.stream()).isFalse();
  }

  @Test
  void a_picture_is_no_text() throws Exception {
    var picture = "A".repeat(100_000);
    var request =
        read(
            "{\"model\":\"m\",\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                + picture
                + "\"}},{\"type\":\"text\",\"text\":\"what is it?\"}]}]}");

    assertThat(request.media()).isEqualTo(1);
    assertThat(request.mediaBytes()).isBetween(100_000L, 100_100L);
    assertThat(request.textBytes()).isLessThan(200);
  }

  @Test
  void the_name_of_a_model_may_be_in_any_language() throws Exception {
    assertThat(read("{\"model\":\"通义-\ud83d\udca9\"}").model()).isEqualTo("通义-💩");
  }

  static final List<String> texts =
      List.of(
          // a prompt that begins like a file
          "{\"content\":\"data:image/png;base64,%s\"}",
          "{\"content\":[{\"type\":\"text\",\"text\":\"data:image/png;base64,%s\"}]}",
          "{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png,%s\"}}]}",
          // files of text
          "{\"content\":[{\"type\":\"file\",\"file\":{\"file_data\":\"data:text/plain;base64,%s\"}}]}",
          "{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"text\",\"data\":\"%s\"}}]}",
          "{\"content\":[{\"type\":\"document\",\"source\":{\"data\":\"%s\",\"type\":\"text\"}}]}",
          "{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"base64\",\"data\":\"two words, %s\"}}]}",
          "{\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"base64\",\"data\":\"two\\u0020words%s\"}}]}",
          // what an assistant gave to a tool
          "{\"content\":[{\"type\":\"tool_use\",\"input\":{\"source\":{\"type\":\"base64\",\"data\":\"%s\"}}}]}",
          "{\"content\":[{\"type\":\"tool_use\",\"input\":{\"pages\":[{\"url\":\"data:image/png;base64,%s\"}]}}]}",
          "{\"content\":[\"data:image/png;base64,%s\"]}");

  @ParameterizedTest
  @FieldSource("texts")
  void what_is_read_as_text_counts_as_text_whatever_it_looks_like(String message) throws Exception {
    var request =
        read("{\"model\":\"m\",\"messages\":[" + message.formatted("A".repeat(9_000)) + "]}");

    assertThat(request.textBytes()).isGreaterThan(9_000);
    assertThat(request.mediaBytes()).isZero();
  }

  static final List<String> references =
      List.of(
          "{\"type\":\"file\",\"file\":{\"file_id\":\"file-1\"}}",
          "{\"type\":\"input_file\",\"file_url\":\"https://example.org/a.pdf\"}",
          "{\"file_id\":\"file-1\",\"type\":\"input_file\"}",
          "{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://example.org/a.pdf\"}}",
          "{\"source\":{\"file_id\":\"file_1\",\"type\":\"file\"},\"type\":\"document\"}",
          "{\"type\":\"tool_result\",\"content\":[{\"type\":\"document\",\"source\":{\"type\":\"url\",\"url\":\"https://example.org/\"}}]}",
          "{\"type\":\"video_url\",\"video_url\":{\"url\":\"https://example.org/a.mp4\"}}");

  @ParameterizedTest
  @FieldSource("references")
  void a_file_by_its_address_or_number_has_no_length(String part) throws Exception {
    for (var member : List.of("messages", "input")) {
      assertThat(
              read("{\"model\":\"m\",\"%s\":[{\"role\":\"user\",\"content\":[%s]}]}"
                      .formatted(member, part))
                  .files())
          .isEqualTo(1);
    }
  }

  static final List<String> noReferences =
      List.of(
          "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.org/a.png\"}}",
          "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://example.org/a.png\"}}",
          "{\"type\":\"video_url\",\"video_url\":{\"url\":\"data:video/mp4;base64,AAAA\"}}",
          "{\"type\":\"file\",\"file\":{\"file_data\":\"data:application/pdf;base64,AAAA\"}}",
          "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"data\":\"see https://example.org/\"}}",
          "{\"type\":\"tool_use\",\"input\":{\"type\":\"document\",\"url\":\"https://example.org/\"}}",
          "{\"type\":\"text\",\"text\":\"file_id\"}");

  @ParameterizedTest
  @FieldSource("noReferences")
  void what_is_in_the_body_or_is_a_picture_has_one(String part) throws Exception {
    assertThat(
            read("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[%s]}]}"
                    .formatted(part))
                .files())
        .isZero();
  }

  static final List<String> files =
      List.of(
          "{\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"%s\"}}]}",
          "{\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"%s\",\"format\":\"wav\"}}]}",
          "{\"content\":[{\"type\":\"input_image\",\"image_url\":\"data:image/jpeg;base64,%s\"}]}",
          "{\"content\":[{\"type\":\"input_file\",\"filename\":\"a.pdf\",\"file_data\":\"data:application/pdf;base64,%s\"}]}",
          "{\"content\":[{\"type\":\"tool_result\",\"content\":[{\"type\":\"image\",\"source\":{\"data\":\"%s\"}}]}]}");

  @ParameterizedTest
  @FieldSource("files")
  void files_and_pictures_are_no_text(String message) throws Exception {
    var bytes = "iVBORw0KGgo+/\\/A".repeat(600) + "==";
    for (var member : List.of("messages", "input")) {
      var request = read("{\"model\":\"m\",\"" + member + "\":[" + message.formatted(bytes) + "]}");

      assertThat(request.mediaBytes()).isGreaterThanOrEqualTo(bytes.length());
      assertThat(request.textBytes()).isLessThan(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[%s,%s]", "[[%s],[%s]]"})
  void a_token_that_is_given_by_its_number_is_one(String tokens) throws Exception {
    var ids = "1,".repeat(9_999) + "7";
    var request = read("{\"model\":\"m\",\"input\":" + tokens.replace("%s", ids) + "}");

    assertThat(new Estimates().read(request)).isGreaterThanOrEqualTo(20_000);
  }

  @Test
  void a_number_counts_by_its_length() throws Exception {
    var numbers = "123456789,".repeat(1_000) + "1e9";
    var request = read("{\"model\":\"m\",\"messages\":[{\"content\":[" + numbers + "]}]}");

    assertThat(request.textBytes()).isGreaterThan(9_000);
  }

  private static String said(String... texts) {
    var messages = new StringBuilder();
    for (var text : texts) {
      messages.append("{\"role\":\"user\",\"content\":\"").append(text).append("\"},");
    }
    messages.setLength(messages.length() - 1);
    return "{\"model\":\"m\",\"messages\":[" + messages + "]}";
  }

  private static ModelRequest read(String body) throws ModelRequest.Unreadable {
    return ModelRequest.read(Api.CHAT, body.getBytes(StandardCharsets.UTF_8));
  }
}
