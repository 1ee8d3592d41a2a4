package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import tools.jackson.databind.JsonNode;

@Tag("fuzz")
class JsonFuzzTest {
  @DictionaryEntries({
    "{\"",
    "\":",
    "[[",
    "]]",
    "1e400",
    "-0",
    "\\xef\\xbb\\xbf",
    "NaN",
    "/*",
    "\\\\u0000"
  })
  @FuzzTest(maxDuration = "1m")
  void a_body_is_a_bounded_tree_or_told_what_is_wrong(byte[] sent) {
    switch (Json.parse(ByteBuffer.wrap(sent))) {
      case Json.Tree(var root) -> {
        assertThat(depth(root)).isLessThanOrEqualTo(Json.DEEPEST);
        assertThat(Json.parse(ByteBuffer.wrap(root.toString().getBytes(StandardCharsets.UTF_8))))
            .isEqualTo(new Json.Tree(root));
      }
      case Json.Broken(var detail) ->
          assertThat(detail).startsWith("The body ").hasSizeLessThan(300);
    }
  }

  private static int depth(JsonNode node) {
    return node.isContainer()
        ? 1 + node.values().stream().mapToInt(JsonFuzzTest::depth).max().orElse(0)
        : 0;
  }
}
