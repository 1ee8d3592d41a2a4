package io.rockpool.control.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WaitingTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final int ROOM = 5;

  private final ManualClock clock = new ManualClock(Instant.parse("2026-12-01T12:00:00Z"));
  private final AtomicLong stored = new AtomicLong();
  private final Waiting waiting = new Waiting(_ -> stored.get(), ROOM, clock);

  @Test
  void where_there_is_room_it_is_counted_every_ten_seconds() {
    assertThat(waiting.of(ADA)).isZero();
    stored.set(3);

    clock.advance(Duration.ofMillis(9_999));
    assertThat(waiting.of(ADA)).isZero();
    clock.advance(Duration.ofMillis(1));
    assertThat(waiting.of(ADA)).isEqualTo(3);
  }

  @Test
  void where_there_is_none_it_is_counted_every_second() {
    stored.set(ROOM);
    assertThat(waiting.of(ADA)).isEqualTo(ROOM);
    stored.set(0);

    clock.advance(Duration.ofMillis(999));
    assertThat(waiting.of(ADA)).isEqualTo(ROOM);
    clock.advance(Duration.ofMillis(1));
    assertThat(waiting.of(ADA)).isZero();
  }

  @Test
  void what_is_accepted_meanwhile_counts_and_may_use_up_the_room() {
    assertThat(waiting.of(ADA)).isZero();

    for (int i = 1; i <= ROOM; i++) {
      waiting.oneMore(ADA);
    }

    assertThat(waiting.of(ADA)).isEqualTo(ROOM);
    clock.advance(Duration.ofSeconds(1));
    assertThat(waiting.of(ADA)).as("counted anew").isZero();
  }
}
