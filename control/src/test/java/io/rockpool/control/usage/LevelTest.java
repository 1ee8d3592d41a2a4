package io.rockpool.control.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LevelTest {
  private static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");
  private static final Level FULL = Level.EMPTY.at(NOW, 60).plus(60);

  @ParameterizedTest(name = "{0} after being full of 60, {1} are in it")
  @CsvSource({"PT0S, 60", "PT0.999S, 60", "PT1S, 59", "PT30S, 30", "PT60S, 0", "PT24H, 0"})
  void what_a_minute_allows_leaks_within_a_minute(Duration passed, long used) {
    assertThat(FULL.at(NOW.plus(passed), 60).used()).isEqualTo(used);
  }

  @ParameterizedTest(name = "{0} more fit into {1} of 60 after {2}")
  @CsvSource({
    "1, 59, PT0S",
    "1, 60, PT1S",
    "30, 60, PT30S",
    "60, 0, PT0S",
    "60, 1, PT1S",
    "600, 0, PT0S",
    "600, 1, PT1S",
    "1, 120, PT61S",
  })
  void the_next_fits_when_there_is_room_for_it(long more, long used, Duration pause) {
    assertThat(Level.EMPTY.at(NOW, 60).plus(used).until(more, 60)).isEqualTo(pause);
  }

  @Test
  void no_drop_is_lost_however_often_one_looks() {
    var level = FULL;
    for (int i = 1; i <= 1_000; i++) {
      level = level.at(NOW.plusMillis(i), 7);
    }

    assertThat(level).isEqualTo(FULL.at(NOW.plusSeconds(1), 7));
  }

  @Test
  void a_server_whose_clock_is_late_refills_nothing() {
    assertThat(FULL.at(NOW.minusSeconds(60), 60)).isEqualTo(FULL);
  }

  @Test
  void after_a_clock_was_far_ahead_it_leaks_from_now_on() {
    var level = FULL.plus(600).at(NOW.minusSeconds(3_600), 60);

    assertThat(level.used()).isEqualTo(60);
    assertThat(level.at(NOW.minusSeconds(3_570), 60).used()).isEqualTo(30);
  }

  @Test
  void it_gets_no_emptier_than_empty() {
    assertThat(FULL.plus(-100).used()).isZero();
  }

  @Test
  void what_nobody_can_use_does_not_overflow() {
    var level = Level.EMPTY.at(NOW, 1);
    for (int i = 0; i < 10_000; i++) {
      level = level.plus(Long.MAX_VALUE);
    }

    assertThat(level.until(Long.MAX_VALUE, 1)).isPositive();
  }
}
