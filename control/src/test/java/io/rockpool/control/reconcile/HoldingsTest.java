package io.rockpool.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.ManualClock;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HoldingsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Instant LATER = NOW.plusSeconds(600);
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");

  private final Holdings holdings = new Holdings(new ManualClock(NOW));

  @Test
  void what_rests_is_looked_at_in_the_order_of_time() throws Exception {
    holdings.begin(ADA);
    holdings.begin(BOB);
    holdings.rest(ADA, NOW);
    holdings.rest(BOB, NOW.minusMillis(1));

    assertThat(holdings.awaitLook()).isEqualTo(BOB);
    assertThat(holdings.awaitLook()).isEqualTo(ADA);
  }

  @Test
  void nobody_works_twice_on_one_instance() {
    assertThat(holdings.begin(ADA)).isTrue();
    assertThat(holdings.begin(ADA)).isFalse();
  }

  @Test
  void what_was_claimed_while_it_was_at_work_is_looked_at_at_once() throws Exception {
    holdings.begin(ADA);
    holdings.begin(ADA);
    holdings.rest(ADA, LATER);

    assertThat(holdings.awaitLook()).isEqualTo(ADA);
  }

  @Test
  void what_was_claimed_while_it_was_given_back_is_looked_at_at_once() throws Exception {
    holdings.begin(ADA);
    holdings.begin(ADA);
    holdings.end(ADA);

    assertThat(holdings.all()).containsExactly(ADA);
    assertThat(holdings.awaitLook()).isEqualTo(ADA);
  }

  @Test
  void what_was_claimed_while_it_rested_is_not_looked_at_beside_that() throws Exception {
    holdings.begin(ADA);
    holdings.begin(BOB);
    holdings.rest(ADA, NOW.minusMillis(1));
    holdings.rest(BOB, NOW);

    assertThat(holdings.begin(ADA)).isTrue();
    assertThat(holdings.awaitLook()).isEqualTo(BOB);
  }

  @Test
  void what_is_at_work_and_what_rests_is_held_and_nothing_else() {
    holdings.begin(ADA);
    holdings.begin(BOB);
    holdings.rest(BOB, LATER);
    assertThat(holdings.all()).containsExactlyInAnyOrder(ADA, BOB);

    holdings.end(ADA);
    assertThat(holdings.all()).containsExactly(BOB);
    assertThat(holdings.takeResting()).containsExactly(BOB);
    assertThat(holdings.all()).isEmpty();
  }
}
