package io.rockpool.control.binding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodeTest {
  @Test
  void codes_are_short_and_do_not_repeat() {
    var random = new SplittableRandom(6);
    var codes = new HashSet<String>();
    for (int i = 0; i < 1_000; i++) {
      codes.add(Code.fresh(random));
    }

    assertThat(codes).hasSize(1_000).allMatch(it -> it.matches("[0-9A-Z]{5}-[0-9A-Z]{5}"));
    assertThat(codes).allMatch(it -> Code.hash(it).isPresent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"AB1D0-EFGH2", "ab1d0-efgh2", "ABID0EFGH2", "abLdO-efgh2", "ab1do-EFGH2"})
  void a_code_is_the_same_however_it_is_typed(String typed) {
    assertThat(Code.hash(typed)).isEqualTo(Code.hash("AB1D0-EFGH2")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "AB1D0-EFGH",
        "AB1D0-EFGH23",
        "AB1D0-EFGU2",
        "http://x",
        "AB1D0 EFGH2",
        "ＡＢ1D0-EFGH2"
      })
  void what_cannot_be_a_code_is_none(String typed) {
    assertThat(Code.hash(typed)).isEmpty();
  }
}
