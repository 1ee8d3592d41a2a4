package io.rockpool.edge.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class EchoTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hello | hello",
        "[Sat 2026-11-21 10:54 UTC] hello there | hello there",
        "[Sat 2026-11-21 10:54 GMT+8] hello | hello",
        "[draft] hello | [draft] hello",
        "[Sat 2026-11-21 11:17 UTC] Conversation info: ⟦openclaw:ctx⟧\\n```json\\n{\"sender\":{\"name\":\"x\"}}\\n```\\n\\nhi | hi",
        "```json\\n{}\\n```\\nhi | ```json\\n{}\\n```\\nhi",
        "hello\\n\\nRuntime: name=Assistant \\174 agent=main \\174 session=x | hello",
        "hello\\n\\nRuntime: agent=main \\174 session=agent:main:x | hello",
        "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\\nsecret\\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>\\nhello | hello",
        "hello <<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>> never closed | hello",
        "a <<<END_OPENCLAW_INTERNAL_CONTEXT>>> b ⟦openclaw:ctx⟧ c | a  b  c",
        "<<<BEGIN_<<<END_OPENCLAW_INTERNAL_CONTEXT>>>OPENCLAW_INTERNAL_CONTEXT>>>x | ''",
        "[Chat messages since your last reply - for context]\\nold\\n[Current message - respond to this]\\nnew | new"
      })
  void openclaws_additions_are_no_words_of_the_user(String sent, String words) {
    var messages =
        JSON.createArrayNode()
            .add(
                JSON.createObjectNode()
                    .put("role", "user")
                    .put("content", sent.translateEscapes()));

    assertThat(Echo.of(messages).words()).isEqualTo(words.translateEscapes());
  }

  @Test
  void a_conversation_is_counted_by_what_its_user_said() {
    var messages =
        JSON.readTree(
            """
            [{"role": "system", "content": "You are a personal assistant"},
             {"role": "user", "content": "[Sat 2026-11-21 10:54 UTC] one"},
             {"role": "assistant", "content": "answer"},
             {"role": "user", "content": [{"type": "text", "text": "two"},
                                          {"type": "image_url", "image_url": {"url": "data:"}}]},
             {"role": "user", "content": [{"type": "text", "text":
               "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\\nx\\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"}]}]
            """);

    assertThat(Echo.of(messages)).isEqualTo(new Echo("two", 2));
  }

  @Test
  void the_answer_says_what_it_is_what_it_heard_and_how_to_get_a_real_one() {
    assertThat(new Echo("hello", 3).answer())
        .isEqualTo(
            "I am Rockpool's demo model: I have no intelligence of my own and only echo. You said:"
                + " \"hello\" (message 3 of this conversation). To use a real model, set"
                + " ROCKPOOL_MODEL_BASE_URL, ROCKPOOL_MODEL_API_KEY and ROCKPOOL_MODEL.");
  }

  @Test
  void the_parts_of_a_stream_are_the_answer() {
    var echo = new Echo("grüß dich, 世界 🎉", 1);

    assertThat(echo.parts()).hasSizeGreaterThan(5);
    assertThat(String.join("", echo.parts())).isEqualTo(echo.answer());
  }

  @Test
  void a_long_message_is_shortened_between_characters() {
    assertThat(new Echo("🎉".repeat(3_000), 1).answer())
        .contains("🎉".repeat(2_000) + "…\"")
        .doesNotContain("🎉".repeat(2_001));
  }
}
