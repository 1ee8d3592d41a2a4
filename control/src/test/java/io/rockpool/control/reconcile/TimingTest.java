package io.rockpool.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TimingTest {
  @Test
  void the_wait_doubles_up_to_the_longest() {
    var waits = IntStream.rangeClosed(1, 9).mapToObj(Timing.DEFAULT::backOff).toList();

    assertThat(waits)
        .isEqualTo(
            List.of(1, 2, 4, 8, 16, 32, 64, 120, 120).stream().map(Duration::ofSeconds).toList());
  }

  @Test
  void any_number_of_tries_has_a_wait() {
    assertThat(Timing.DEFAULT.backOff(0)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Timing.DEFAULT.backOff(Integer.MAX_VALUE)).isEqualTo(Duration.ofMinutes(2));
  }
}
