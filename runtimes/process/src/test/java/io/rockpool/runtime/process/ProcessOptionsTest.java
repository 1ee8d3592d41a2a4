package io.rockpool.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessOptionsTest {
  @Test
  void without_settings_all_have_defaults() {
    assertThat(ProcessOptions.of(Map.of(), 2_000_000, 19_100))
        .isEqualTo(new ProcessOptions(19_100, 2_000_000, Duration.ofSeconds(10), 10L << 20, 3));
  }

  @Test
  void an_unknown_setting_is_refused_with_the_known_ones() {
    assertThatThrownBy(() -> ProcessOptions.of(Map.of("port", "1"), 2_000_000, 19_100))
        .hasMessage(
            "the process runtime has no setting 'port': it has log-bytes, log-parts, port-base,"
                + " stop-grace, uid-base");
  }

  @Test
  void a_value_out_of_range_is_refused_with_the_range() {
    assertThatThrownBy(() -> ProcessOptions.of(Map.of("port-base", "80"), 2_000_000, 19_100))
        .hasMessage("port-base is 80: set 1024 to 60000");
    assertThatThrownBy(() -> ProcessOptions.of(Map.of("stop-grace", "soon"), 2_000_000, 19_100))
        .hasMessage("stop-grace is 'soon': set a duration such as PT10S");
  }
}
