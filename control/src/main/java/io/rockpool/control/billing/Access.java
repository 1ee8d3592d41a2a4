package io.rockpool.control.billing;

import java.time.Instant;

/** What a subscription gives its account. */
public sealed interface Access {
  /** Nothing was ever paid: what needs no payment runs, the rest cannot be made. */
  record Never() implements Access {}

  record On() implements Access {}

  /**
   * It runs on, though a payment failed.
   *
   * @param until when it stops
   */
  record Grace(Instant until) implements Access {}

  /** Instances of the plan stand still; their data is kept. */
  record Off(Instant since) implements Access {}

  /** Pure: the same arguments always give the same. */
  static Access of(Subscription subscription, Terms terms, Instant now) {
    var purchase = subscription.purchase();
    if (purchase == null || !subscription.paid()) {
      return subscription.paid() ? new Off(subscription.since()) : new Never();
    }
    return switch (purchase.state()) {
      case TRIAL, ACTIVE -> new On();
      case OVERDUE -> {
        var paidUntil = purchase.paidUntil();
        var until = (paidUntil == null ? subscription.since() : paidUntil).plus(terms.grace());
        yield now.isBefore(until) ? new Grace(until) : new Off(until);
      }
      case ENDED -> {
        var endedAt = purchase.endedAt();
        // One that was never paid ended nothing: what was before it ended earlier.
        yield new Off(
            endedAt == null || purchase.paidUntil() == null ? subscription.since() : endedAt);
      }
      case OPEN, EXPIRED, PENDING, UNPAID, PAUSED -> new Off(subscription.since());
    };
  }
}
