package io.rockpool.control.billing;

import java.time.Instant;

/** A subscription, and what it gives. */
public record Standing(Subscription subscription, Access access) {
  static Standing of(Subscription subscription, Terms terms, Instant now) {
    return new Standing(subscription, Access.of(subscription, terms, now));
  }
}
