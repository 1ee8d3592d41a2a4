package io.rockpool.control.billing;

import io.rockpool.control.instance.Admission;
import java.time.InstantSource;
import java.util.Optional;

/** Lets accounts have what is free, and of what is sold what they pay for. */
public final class PaidPlans implements Admission {
  private final Subscriptions subscriptions;
  private final Offers offers;
  private final InstantSource clock;

  public PaidPlans(Subscriptions subscriptions, Offers offers, InstantSource clock) {
    this.subscriptions = subscriptions;
    this.offers = offers;
    this.clock = clock;
  }

  @Override
  public int most(String accountId, String plan) {
    return offers.isSold(plan)
        ? subscriptions.of(accountId).map(Subscription::quantity).orElse(0)
        : Integer.MAX_VALUE;
  }

  @Override
  public Optional<String> objection(String accountId, String plan) {
    if (!offers.isSold(plan)) {
      return Optional.empty();
    }
    var covered =
        subscriptions
            .of(accountId)
            .map(it -> Standing.of(it, offers.terms(), clock.instant()))
            .filter(it -> it.covers(plan))
            .isPresent();
    return covered
        ? Optional.empty()
        : Optional.of(
            "The plan '%s' has to be paid for. Subscribe with POST /api/v1/accounts/%s/subscription, or choose another plan."
                .formatted(plan, accountId));
  }
}
