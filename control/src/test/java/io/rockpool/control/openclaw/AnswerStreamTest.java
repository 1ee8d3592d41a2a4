package io.rockpool.control.openclaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.JsonNodeFactory;

class AnswerStreamTest {
  private final List<String> pieces = new ArrayList<>();
  private final AnswerStream stream = new AnswerStream(pieces::add);

  @Test
  void reads_text_and_usage() {
    var state =
        take(
            """
            data: {'choices':[{'delta':{'role':'assistant'}}]}

            : still there

            data: {'choices':[{'delta':{'content':'Hel'}}]}\r
            \r
            event: x
            id: 7
            data:{'choices':[{'delta':{'content':'lo'}}]}

            data: {'choices':[],'usage':{'prompt_tokens':7,'completion_tokens':2}}

            data: [DONE]

            """);

    assertThat(state).isEqualTo(new AnswerStream.State.Done());
    assertThat(pieces).containsExactly("Hel", "lo");
    assertThat(stream.text()).isEqualTo("Hello");
    assertThat(stream.usage()).isEqualTo(new Reply.Usage(7, 2));
  }

  @Test
  void an_error_in_the_middle_is_a_failure_even_before_done() {
    var state =
        take(
            """
            data: {'choices':[{'delta':{'content':'Hel'}}]}

            data: {'error':{'message':'upstream\\n provider   overloaded'}}

            data: [DONE]

            """);

    assertThat(state)
        .isEqualTo(
            new AnswerStream.State.Failed(
                "The answer was cut off: upstream  provider   overloaded"));
    assertThat(stream.text()).isEqualTo("Hel");
  }

  @Test
  void data_on_several_lines_is_one_event() {
    take("data: {'choices':\ndata: [{'delta':{'content':'x'}}]}\n\n");

    assertThat(pieces).containsExactly("x");
  }

  @Test
  void what_is_no_json_is_a_failure() {
    assertThat(take("data: <html>\n\n"))
        .isEqualTo(new AnswerStream.State.Failed("The gateway sent an event that is no JSON."));
  }

  @Test
  void json_of_another_shape_is_passed_over() {
    assertThat(take("data: 1\n\ndata: []\n\ndata: {'choices':'x','usage':3}\n\n"))
        .isEqualTo(new AnswerStream.State.Open());
  }

  @Test
  void an_endless_event_is_given_up() {
    var block = ByteBuffer.allocate(1 << 20);
    for (var i = 0; i < 4; i++) {
      stream.take(block.rewind());
    }

    assertThat(stream.take(block.rewind())).isInstanceOf(AnswerStream.State.Failed.class);
  }

  @Test
  void many_lines_of_one_event_are_given_up_too() {
    AnswerStream.State state = new AnswerStream.State.Open();
    var line = ("data: " + "x".repeat(1 << 16) + "\n").getBytes(StandardCharsets.UTF_8);
    for (var i = 0; i < 70; i++) {
      state = stream.take(ByteBuffer.wrap(line));
    }

    assertThat(state).isInstanceOf(AnswerStream.State.Failed.class);
  }

  record Case(List<String> pieces, List<byte[]> parts) {}

  static Stream<Named<Case>> cases() {
    return Drawn.cases(
        300,
        random -> {
          var pieces = new ArrayList<String>();
          var text = new StringBuilder();
          for (var i = random.nextInt(8); i > 0; i--) {
            var piece = "." + Drawn.text(random, "a é世🎉\n\"\\", 12);
            pieces.add(piece);
            var chunk = JsonNodeFactory.instance.objectNode();
            chunk.putArray("choices").addObject().putObject("delta").put("content", piece);
            text.append("data: ").append(chunk).append("\n\n");
          }
          return new Case(pieces, split(random, text.append("data: [DONE]\n\n").toString()));
        });
  }

  @ParameterizedTest
  @MethodSource("cases")
  void where_the_network_cuts_does_not_matter(Case given) {
    AnswerStream.State state = new AnswerStream.State.Open();
    for (var part : given.parts()) {
      state = stream.take(ByteBuffer.wrap(part));
    }

    assertThat(state).isEqualTo(new AnswerStream.State.Done());
    assertThat(pieces).isEqualTo(given.pieces());
  }

  private static List<byte[]> split(RandomGenerator random, String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    var parts = new ArrayList<byte[]>();
    for (var at = 0; at < bytes.length; ) {
      var end = Math.min(bytes.length, at + 1 + random.nextInt(20));
      parts.add(Arrays.copyOfRange(bytes, at, end));
      at = end;
    }
    return parts;
  }

  private AnswerStream.State take(String text) {
    return stream.take(ByteBuffer.wrap(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
  }
}
