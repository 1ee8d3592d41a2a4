package io.rockpool.control.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  private final Buckets buckets = new Buckets(60, 3);

  @Test
  void a_full_one_gives_all_it_holds_at_once_and_then_one_a_second() {
    assertThat(taken("ada", 100, NOON)).isEqualTo(60);

    assertThat(buckets.take("ada", NOON)).isEqualTo(Duration.ofSeconds(1));
    assertThat(buckets.take("ada", NOON.plusMillis(400))).isEqualTo(Duration.ofMillis(600));
    assertThat(buckets.take("ada", NOON.plusSeconds(1))).isZero();
    assertThat(buckets.take("ada", NOON.plusSeconds(1))).isPositive();
  }

  @Test
  void it_holds_no_more_after_a_long_time() {
    taken("ada", 100, NOON);

    assertThat(taken("ada", 100, NOON.plus(Duration.ofDays(1)))).isEqualTo(60);
  }

  @Test
  void each_has_one_of_its_own() {
    taken("ada", 100, NOON);

    assertThat(buckets.take("bob", NOON)).isZero();
  }

  @Test
  void a_clock_that_is_set_back_neither_fills_nor_blocks_it() {
    taken("ada", 60, NOON);

    assertThat(buckets.take("ada", NOON.minusSeconds(3_600))).isPositive();
    assertThat(buckets.take("ada", NOON.minusSeconds(3_599))).isZero();
  }

  @Test
  void who_was_not_there_for_longest_is_forgotten_first() {
    taken("ada", 60, NOON);
    taken("bob", 60, NOON);
    taken("eve", 60, NOON);
    assertThat(buckets.take("ada", NOON)).isPositive();

    assertThat(buckets.take("mallory", NOON)).isZero();

    assertThat(buckets.take("ada", NOON)).isPositive();
    assertThat(buckets.take("bob", NOON)).isZero();
  }

  private long taken(String name, int tries, Instant now) {
    return IntStream.range(0, tries).filter(_ -> buckets.take(name, now).isZero()).count();
  }
}
