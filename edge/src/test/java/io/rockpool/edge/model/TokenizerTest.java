package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerTest {
  @ParameterizedTest
  @CsvSource({"'',0", "hello world,2", "你好，世界！,4", "<|endoftext|>,7"})
  void text_has_as_many_tokens_as_openai_counts(String text, long tokens) {
    assertThat(Tokenizer.tokens(text, text.getBytes(StandardCharsets.UTF_8).length))
        .isEqualTo(tokens);
  }

  @Test
  void what_was_not_kept_is_counted_as_the_beginning_was() {
    assertThat(Tokenizer.tokens("hello world", 110)).isEqualTo(20);
  }
}
