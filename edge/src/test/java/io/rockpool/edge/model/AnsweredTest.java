package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.usage.Tokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AnsweredTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Streams of providers with what they used; the file says where each is from. */
  record Vector(String name, String stream, Tokens usage) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Vector> vectors() throws IOException {
    try (var in = AnsweredTest.class.getResourceAsStream("usage-vectors.json")) {
      return JSON.readTree(Objects.requireNonNull(in)).properties().stream()
          .map(it -> {
            var usage = it.getValue().path("usage");
            return new Vector(
                it.getKey(),
                it.getValue().path("sse").asString(),
                new Tokens(
                    usage.path("input").asLong(),
                    usage.path("cache_read").asLong(),
                    usage.path("cache_write_5m").asLong(),
                    usage.path("cache_write_1h").asLong(),
                    usage.path("output").asLong(),
                    usage.path("reasoning_of_output").asLong()));
          });
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void the_usage_of_a_stream_is_what_its_provider_means(Vector vector) {
    var api =
        vector.name().startsWith("anthropic")
            ? Api.MESSAGES
            : vector.name().startsWith("responses") ? Api.RESPONSES : Api.CHAT;

    assertThat(answered(api, vector.stream()).tokens()).contains(vector.usage());
  }

  record Whole(String name, Api api, String body, Tokens usage) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Whole> wholes =
      List.of(
          new Whole(
              "embeddings",
              Api.EMBEDDINGS,
              "{\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}",
              Tokens.of(8, 0)),
          new Whole(
              "more cached than read is no more than read",
              Api.CHAT,
              "{\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":9}}}",
              new Tokens(0, 8, 0, 0, 1, 0)),
          new Whole(
              "negative counts are none",
              Api.CHAT,
              "{\"usage\":{\"prompt_tokens\":-8,\"completion_tokens\":-1}}",
              Tokens.NONE),
          new Whole(
              "cache writes of an hour",
              Api.MESSAGES,
              "{\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":50,\"cache_creation\":{\"ephemeral_5m_input_tokens\":10,\"ephemeral_1h_input_tokens\":40},\"output_tokens\":2}}",
              new Tokens(3, 0, 10, 40, 2, 0)),
          new Whole(
              "responses",
              Api.RESPONSES,
              "{\"object\":\"response\",\"usage\":{\"input_tokens\":9,\"output_tokens\":4,\"output_tokens_details\":{\"reasoning_tokens\":3}}}",
              new Tokens(9, 0, 0, 0, 4, 3)));

  @ParameterizedTest
  @FieldSource("wholes")
  void the_usage_of_a_whole_answer_is_read(Whole row) {
    var answered = new Answered(row.api());

    answered.whole(JSON.readTree(row.body()));

    assertThat(answered.tokens()).contains(row.usage());
  }

  @Test
  void an_incomplete_and_a_failed_response_were_used_too() {
    for (var end : List.of("incomplete", "failed")) {
      var answered =
          answered(
              Api.RESPONSES,
              "data: {\"type\":\"response.%s\",\"response\":{\"usage\":{\"input_tokens\":5,\"output_tokens\":2}}}\n\n"
                  .formatted(end));

      assertThat(answered.tokens()).contains(Tokens.of(5, 2));
      assertThat(answered.isEnded()).isTrue();
    }
  }

  @Test
  void the_text_of_answers_tools_and_thoughts_counts() {
    var answered =
        answered(
            Api.CHAT,
            """
            data: {"choices":[{"delta":{"content":"龙虾","reasoning_content":"hm"}}]}

            data: {"choices":[{"delta":{"tool_calls":[{"id":"c","function":{"arguments":"{}"}}]}}]}

            """);

    assertThat(answered.textBytes()).isEqualTo(6 + 2 + 2);
  }

  private static Answered answered(Api api, String stream) {
    var answered = new Answered(api);
    var events = new ServerSentEvents();
    var bytes = stream.getBytes(StandardCharsets.UTF_8);
    events.add(bytes, bytes.length);
    for (var it = events.next(); it.isPresent(); it = events.next()) {
      it.get()
          .data()
          .filter(data -> !data.equals("[DONE]"))
          .ifPresent(data -> {
            JsonNode event = JSON.readTree(data);
            answered.event(event);
          });
    }
    return answered;
  }
}
