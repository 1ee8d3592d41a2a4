package io.rockpool.payment;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A plan that somebody pays for, as the provider sees it.
 *
 * @param reference what to ask the provider by from now on; may be another than was asked by
 * @param buyer how the provider calls who pays; null while nobody does
 * @param address where the buyer pays; null unless it is open
 * @param paidUntil the end of what is paid for, or free at first; null where nothing is
 * @param ending whether it is not renewed then
 * @param failures how often what is due now could not be collected; 0 where nothing is due
 * @param nextAttempt when the provider tries again; null if it does not
 * @param endedAt null while it has not ended
 */
public record Purchase(
    String reference,
    State state,
    @Nullable String buyer,
    @Nullable URI address,
    @Nullable Instant paidUntil,
    boolean ending,
    int failures,
    @Nullable Instant nextAttempt,
    @Nullable Instant endedAt) {
  /** How it stands. */
  public enum State {
    /** Begun, and not paid: the buyer has an address to pay at. */
    OPEN,
    /** Given up before it was paid. Final. */
    EXPIRED,
    /** The first payment is on its way, or needs its buyer. */
    PENDING,
    /** Free at first. */
    TRIAL,
    ACTIVE,
    /** A payment failed, and is tried again. */
    OVERDUE,
    /** The tries are over. */
    UNPAID,
    /** Not charged for the time being, e.g. since a trial ended without a way to pay. */
    PAUSED,
    /** Final: a new purchase is needed. */
    ENDED;

    /** Whether nothing comes after it. */
    public boolean isFinal() {
      return this == EXPIRED || this == ENDED;
    }
  }
}
