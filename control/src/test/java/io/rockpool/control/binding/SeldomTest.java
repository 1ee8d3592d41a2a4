package io.rockpool.control.binding;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SeldomTest {
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
  private static final Duration WINDOW = Duration.ofMinutes(10);

  @Test
  void each_gets_so_many_in_a_window() {
    var seldom = new Seldom(2, WINDOW, 10);

    assertThat(seldom.take("ada", NOW)).isTrue();
    assertThat(seldom.take("ada", NOW.plusSeconds(1))).isTrue();
    assertThat(seldom.take("ada", NOW.plusSeconds(2))).isFalse();
    assertThat(seldom.take("bob", NOW.plusSeconds(2))).isTrue();
    assertThat(seldom.take("ada", NOW.plus(WINDOW))).isTrue();
  }

  @Test
  void no_more_than_so_many_are_remembered() {
    var seldom = new Seldom(1, WINDOW, 2);
    seldom.take("first", NOW);
    seldom.take("second", NOW);

    assertThat(seldom.take("third", NOW)).isTrue();
    assertThat(seldom.take("third", NOW)).isFalse();
    assertThat(seldom.take("second", NOW)).isFalse();
    assertThat(seldom.take("first", NOW)).as("forgotten").isTrue();
  }
}
