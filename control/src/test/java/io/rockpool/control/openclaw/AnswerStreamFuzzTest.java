package io.rockpool.control.openclaw;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;

@Tag("fuzz")
class AnswerStreamFuzzTest {
  @DictionaryEntries({
    "data: ",
    "\\x0a\\x0a",
    "\\x0d\\x0a",
    "[DONE]",
    "{\"choices\":[{\"delta\":{\"content\":\"",
    "\"}}]}",
    "\"usage\":{\"prompt_tokens\":",
    "\"completion_tokens\":",
    "{\"error\":{\"message\":\"",
    "{\"error\":\"",
    "1e999",
    "\\\\u009b"
  })
  @FuzzTest(maxDuration = "2m")
  void whatever_a_gateway_streams_is_read_alike_in_pieces_of_any_size(byte[] sent) {
    var pieces = new ArrayList<String>();
    var whole = new AnswerStream(pieces::add);
    var single = new AnswerStream(_ -> {});

    var state = whole.take(ByteBuffer.wrap(sent));
    AnswerStream.State last = new AnswerStream.State.Open();
    for (var each : sent) {
      last = single.take(ByteBuffer.wrap(new byte[] {each}));
    }

    assertThat(last).isEqualTo(state);
    assertThat(single.text()).isEqualTo(whole.text());
    assertThat(single.usage()).isEqualTo(whole.usage());
    assertThat(String.join("", pieces)).isEqualTo(whole.text());
    assertThat(whole.text()).hasSizeLessThanOrEqualTo(Math.min(sent.length, AnswerStream.LIMIT));
    assertThat(whole.usage().inputTokens()).isNotNegative();
    assertThat(whole.usage().outputTokens()).isNotNegative();
    if (state instanceof AnswerStream.State.Failed(var advice)) {
      assertThat(advice).hasSizeLessThan(400);
      assertThat(advice.codePoints())
          .as("nothing that a terminal obeys, and no half of a character")
          .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }
    if (!(state instanceof AnswerStream.State.Open)) {
      assertThat(whole.take(ByteBuffer.wrap("data: [DONE]\n\n".getBytes(US_ASCII))))
          .isEqualTo(state);
    }
  }
}
