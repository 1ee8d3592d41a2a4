package io.rockpool.control.billing;

import io.rockpool.payment.Purchase;
import io.rockpool.payment.Purchase.State;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Subscriptions for tables. */
final class Given {
  static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  static final Instant PAID_UNTIL = Instant.parse("2026-11-20T00:00:00Z");
  static final Terms TERMS = new Terms(Duration.ofDays(7), Duration.ofDays(30));

  static Subscription begun(boolean paidBefore) {
    return new Subscription(
        "ada", "fake", "pro", 1, "o1", null, paidBefore, NOW, Told.NOTHING, NOW, 1);
  }

  static Subscription subscription(State state) {
    return subscription(state, 0, null);
  }

  static Subscription subscription(State state, int failures, @Nullable Instant nextAttempt) {
    var unpaid = state == State.OPEN || state == State.EXPIRED || state == State.PENDING;
    return begun(false)
        .seen(
            new Purchase(
                "p1",
                state,
                "b1",
                null,
                unpaid ? null : PAID_UNTIL,
                false,
                failures,
                nextAttempt,
                state == State.ENDED ? PAID_UNTIL : null),
            NOW);
  }

  static Subscription told(Subscription it, Told told) {
    return it.next(told, NOW);
  }

  private Given() {}
}
