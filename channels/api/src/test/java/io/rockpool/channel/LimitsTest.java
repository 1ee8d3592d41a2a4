package io.rockpool.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LimitsTest {
  private static final int CASES = 1_000;
  private static final int[] ALPHABET = "abc \n\té世🎉👩‍🚀".codePoints().toArray();

  private static Limits limits(int text, Limits.Unit unit) {
    return new Limits(1, text, unit, Duration.ofSeconds(1), Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @EnumSource
  void parts_fit_and_together_are_the_text(Limits.Unit unit) {
    for (var seed = 0; seed < CASES; seed++) {
      var random = new SplittableRandom(seed);
      var limits = limits(random.nextInt(16, 80), unit);
      var text =
          random
              .ints(random.nextInt(400), 0, ALPHABET.length)
              .map(it -> ALPHABET[it])
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();

      var parts = limits.parts(text);

      assertThat(String.join("", parts)).as("seed %d", seed).isEqualTo(text);
      assertThat(parts).as("seed %d", seed).allMatch(limits::fits).doesNotContain("");
      assertThat(parts)
          .as("no character is cut, seed %d", seed)
          .allMatch(it -> new String(it.getBytes(UTF_8), UTF_8).equals(it));
    }
  }

  @Test
  void a_line_is_the_best_place_to_cut_and_a_word_the_second_best() {
    var limits = limits(16, Limits.Unit.UTF_16);

    assertThat(limits.parts("one two three\nfour five"))
        .containsExactly("one two three\n", "four five");
    assertThat(limits.parts("one two three four five"))
        .containsExactly("one two three ", "four five");
    assertThat(limits.parts("a b " + "c".repeat(20)))
        .as("not for the sake of a few letters")
        .containsExactly("a b " + "c".repeat(12), "c".repeat(8));
    assertThat(limits.parts("")).isEmpty();
  }

  @Test
  void units_count_what_they_say() {
    var text = "🎉".repeat(16);

    assertThat(limits(16, Limits.Unit.CODE_POINTS).fits(text)).isTrue();
    assertThat(limits(31, Limits.Unit.UTF_16).fits(text)).isFalse();
    assertThat(limits(32, Limits.Unit.UTF_16).fits(text)).isTrue();
    assertThat(limits(63, Limits.Unit.UTF_8_BYTES).fits(text)).isFalse();
    assertThat(limits(64, Limits.Unit.UTF_8_BYTES).fits(text)).isTrue();
  }

  @Test
  void a_limit_without_room_is_refused() {
    assertThatThrownBy(() -> limits(15, Limits.Unit.UTF_16))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void pauses_are_never_negative_and_never_over_a_day() {
    assertThat(
            List.of(
                Calls.pause("35"), Calls.pause(" 7 "), Calls.pause("999999999"), Calls.pause(-1)))
        .containsExactly(
            Duration.ofSeconds(35), Duration.ofSeconds(7), Duration.ofDays(1), Duration.ZERO);
    for (var odd : List.of("", "-5", "soon", "1e9", "99999999999999999999")) {
      assertThat(Calls.pause(odd)).as(odd).isEqualTo(Duration.ofSeconds(5));
    }
  }
}
