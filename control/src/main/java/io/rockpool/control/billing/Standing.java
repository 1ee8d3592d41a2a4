package io.rockpool.control.billing;

import java.time.Instant;

/** A subscription, and what it gives. */
public record Standing(Subscription subscription, Access access) {
  /** Whether instances of a plan are paid for by it, or run on though a payment failed. */
  boolean covers(String plan) {
    return subscription.plan().equals(plan)
        && (access instanceof Access.On || access instanceof Access.Grace);
  }

  static Standing of(Subscription subscription, Terms terms, Instant now) {
    return new Standing(subscription, Access.of(subscription, terms, now));
  }
}
