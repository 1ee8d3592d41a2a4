package io.rockpool.control.billing;

import io.rockpool.payment.Purchase;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The plan that an account pays for, or wants to.
 *
 * @param provider who takes the money
 * @param order our name of the purchase
 * @param quantity for how many instances of it
 * @param purchase as the provider said last; null until it said anything
 * @param paid whether this account ever paid, or had a trial
 * @param since when the purchase's state last changed, or was seen to
 * @param lookAt when somebody must look at it again
 * @param revision counts its changes
 */
public record Subscription(
    String account,
    String provider,
    String plan,
    int quantity,
    String order,
    @Nullable Purchase purchase,
    boolean paid,
    Instant since,
    Told told,
    Instant lookAt,
    long revision) {

  /** As it stands; one that was begun and not answered is open. */
  public Purchase.State state() {
    return purchase == null ? Purchase.State.OPEN : purchase.state();
  }

  /** As its provider says now. */
  Subscription seen(Purchase now, Instant time) {
    var pays =
        switch (now.state()) {
          case TRIAL, ACTIVE, OVERDUE, UNPAID, PAUSED -> true;
          // A first payment that never came is no subscription, and no debt.
          case OPEN, EXPIRED, PENDING -> false;
          case ENDED -> now.paidUntil() != null;
        };
    boolean changed = purchase == null || purchase.state() != now.state();
    // Who paid before and now begins without paying owes since then, not since now.
    boolean owesOn = paid && !pays;
    return new Subscription(
        account,
        provider,
        plan,
        quantity,
        order,
        now,
        paid || pays,
        changed && !owesOn ? time : since,
        told,
        lookAt,
        revision);
  }

  Subscription next(Told nowTold, Instant nextLook) {
    return new Subscription(
        account, provider, plan, quantity, order, purchase, paid, since, nowTold, nextLook,
        revision);
  }
}
