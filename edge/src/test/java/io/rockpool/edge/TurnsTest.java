package io.rockpool.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final InstanceId ADA = new InstanceId("ada");
  private static final InstanceId BOB = new InstanceId("bob");

  @Test
  void each_instance_has_turns_of_its_own() throws InterruptedException {
    var turns = new Turns(1, Duration.ZERO);

    assertThat(turns.enter(ADA)).isTrue();
    assertThat(turns.enter(ADA)).isFalse();
    assertThat(turns.enterAtOnce(ADA)).isFalse();
    assertThat(turns.enter(BOB)).isTrue();
    turns.leave(ADA);
    assertThat(turns.enterAtOnce(ADA)).isTrue();
  }

  @Test
  void who_waits_gets_the_place_that_is_given_back() throws InterruptedException {
    var turns = new Turns(1, Duration.ofMinutes(1));
    assertThat(turns.enter(ADA)).isTrue();
    var entered = new AtomicInteger();
    var waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                entered.addAndGet(turns.enter(ADA) ? 1 : 0);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    turns.leave(ADA);

    waiting.join();
    assertThat(entered).hasValue(1);
    assertThat(turns.enterAtOnce(ADA)).isFalse();
  }

  @Test
  void who_does_not_want_to_wait_any_more_takes_no_place() throws InterruptedException {
    var turns = new Turns(1, Duration.ofMinutes(1));
    assertThat(turns.enter(ADA)).isTrue();
    var waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                var _ = turns.enter(ADA);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    waiting.interrupt();
    waiting.join();
    turns.leave(ADA);

    assertThat(turns.enterAtOnce(ADA)).isTrue();
  }
}
