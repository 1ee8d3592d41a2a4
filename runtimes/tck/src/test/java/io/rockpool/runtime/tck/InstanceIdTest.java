package io.rockpool.runtime.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.rockpool.runtime.InstanceId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstanceIdTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"a", "7", "ada", "ada-2", "a--b", "0123456789-0123456789-0123456789-0123456"})
  void names_a_host_and_a_file(String text) {
    assertThat(InstanceId.isValid(text)).isTrue();
    assertThat(new InstanceId(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "-a",
        "a-",
        "Ada",
        "a.b",
        "a/b",
        "a b",
        "ä",
        "..",
        "a\n",
        "0123456789-0123456789-0123456789-01234567"
      })
  void takes_nothing_else(String text) {
    assertThat(InstanceId.isValid(text)).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> new InstanceId(text));
  }

  @Test
  void says_what_is_allowed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InstanceId("Ada"))
        .withMessage(
            "'Ada' is no instance id: use 1 to 40 lower-case letters, digits and inner dashes");
  }
}
