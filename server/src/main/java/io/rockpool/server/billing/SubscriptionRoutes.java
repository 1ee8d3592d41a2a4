package io.rockpool.server.billing;

import static io.rockpool.server.http.Route.Method.DELETE;
import static io.rockpool.server.http.Route.Method.GET;
import static io.rockpool.server.http.Route.Method.POST;
import static io.rockpool.server.http.Route.Scope.OPERATE;
import static io.rockpool.server.http.Route.Scope.READ;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.billing.Access;
import io.rockpool.control.billing.Billing;
import io.rockpool.control.billing.Billing.Begun;
import io.rockpool.control.billing.Billing.Canceled;
import io.rockpool.control.billing.Standing;
import io.rockpool.control.billing.Terms;
import io.rockpool.payment.Order;
import io.rockpool.payment.Purchase;
import io.rockpool.server.http.Problem.Kind;
import io.rockpool.server.http.Reply;
import io.rockpool.server.http.Route;
import java.net.URI;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** {@code /api/v1/accounts/{account}/subscription}: the plan that an account pays for. */
public final class SubscriptionRoutes {
  private static final String ONE = "/api/v1/accounts/{account}/subscription";

  /** What a subscription gives. */
  public enum Gives {
    /** Nothing yet: it was never paid. */
    NOTHING,
    ON,
    /** A payment failed; instances stop at {@code stopsAt} unless it is paid. */
    GRACE,
    /** Instances of the plan do not run; their data is kept. */
    OFF
  }

  public record One(String account) {}

  /**
   * @param plan one that is sold
   * @param quantity for how many instances of it: 1 to 10000; default: 1
   */
  public record Begin(String account, String plan, Optional<Integer> quantity) {
    public Begin {
      if (quantity.filter(it -> it < 1 || it > Order.MOST).isPresent()) {
        throw new IllegalArgumentException("quantity must be 1 to %d".formatted(Order.MOST));
      }
    }
  }

  /**
   * @param checkoutUrl where to pay
   */
  public record Checkout(String checkoutUrl) {}

  /**
   * A subscription.
   *
   * @param quantity for how many instances of the plan
   * @param state as the payment provider said last
   * @param paidUntil the end of what is paid for
   * @param ending whether it is not renewed then
   * @param failures how often what is due now could not be collected
   * @param nextAttempt when that is tried again
   * @param stopsAt when instances stop, unless it is paid
   * @param dataKeptUntil until when the data of instances that were stopped is kept for certain
   * @param checkoutUrl where to pay, while nobody has
   */
  public record SubscriptionView(
      String plan,
      int quantity,
      Purchase.State state,
      Gives access,
      Optional<Instant> paidUntil,
      boolean ending,
      int failures,
      Optional<Instant> nextAttempt,
      Optional<Instant> stopsAt,
      Optional<Instant> dataKeptUntil,
      Optional<String> checkoutUrl) {
    static SubscriptionView of(Standing standing, Terms terms) {
      var subscription = standing.subscription();
      var purchase = Optional.ofNullable(subscription.purchase());
      return new SubscriptionView(
          subscription.plan(),
          subscription.quantity(),
          subscription.state(),
          switch (standing.access()) {
            case Access.Never _ -> Gives.NOTHING;
            case Access.On _ -> Gives.ON;
            case Access.Grace _ -> Gives.GRACE;
            case Access.Off _ -> Gives.OFF;
          },
          purchase.map(Purchase::paidUntil),
          purchase.map(Purchase::ending).orElse(false),
          purchase.map(Purchase::failures).orElse(0),
          purchase.map(Purchase::nextAttempt),
          standing.access() instanceof Access.Grace(var until)
              ? Optional.of(until)
              : Optional.empty(),
          standing.access() instanceof Access.Off(var since)
              ? Optional.of(since.plus(terms.dataKept()))
              : Optional.empty(),
          purchase.map(Purchase::address).map(URI::toString));
    }
  }

  private final Accounts accounts;
  private final Billing billing;
  private final Terms terms;
  private final Collection<String> sold;
  private final Supplier<String> publicUrl;

  /**
   * @param sold the plans that are sold
   * @param publicUrl how users reach this server, without a slash at its end
   */
  public SubscriptionRoutes(
      Accounts accounts,
      Billing billing,
      Terms terms,
      Collection<String> sold,
      Supplier<String> publicUrl) {
    this.accounts = accounts;
    this.billing = billing;
    this.terms = terms;
    this.sold = List.copyOf(sold);
    this.publicUrl = publicUrl;
  }

  public List<Route<?, ?>> routes() {
    return List.of(
        new Route<>(
            GET,
            ONE,
            "Show what an account subscribes to, and what that gives.",
            One.class,
            SubscriptionView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT, Kind.NO_SUBSCRIPTION),
            READ,
            this::get),
        new Route<>(
            POST,
            ONE,
            "Begin to subscribe to a plan: pay at the address that is answered.",
            Begin.class,
            Checkout.class,
            Set.of(Kind.UNKNOWN_ACCOUNT, Kind.NOT_SOLD, Kind.SUBSCRIBED, Kind.PAYMENT_UNAVAILABLE),
            OPERATE,
            this::begin),
        new Route<>(
            DELETE,
            ONE,
            "End a subscription when the paid time is over.",
            One.class,
            SubscriptionView.class,
            Set.of(Kind.UNKNOWN_ACCOUNT, Kind.NO_SUBSCRIPTION, Kind.PAYMENT_UNAVAILABLE),
            OPERATE,
            this::cancel));
  }

  private <A> Reply<A> known(Actor actor, String account, Supplier<Reply<A>> work) {
    return accounts.isSeen(actor, account)
        ? work.get()
        : new Reply.Refused<>(
            Kind.UNKNOWN_ACCOUNT.detail(
                "There is no such account that you may see. Name your own."));
  }

  private Reply<SubscriptionView> get(Actor actor, One one) {
    return known(
        actor,
        one.account(),
        () -> billing.standing(one.account()).map(this::shown).orElseGet(() -> none(one)));
  }

  private Reply<SubscriptionView> shown(Standing standing) {
    return new Reply.Ok<>(SubscriptionView.of(standing, terms));
  }

  private static Reply<SubscriptionView> none(One one) {
    return new Reply.Refused<>(
        Kind.NO_SUBSCRIPTION.detail(
            "The account '%s' has no subscription that runs. Begin one with POST /api/v1/accounts/%s/subscription."
                .formatted(one.account(), one.account())));
  }

  private Reply<Checkout> begin(Actor actor, Begin wish) {
    return known(
        actor,
        wish.account(),
        () ->
            switch (billing.begin(
                wish.account(),
                wish.plan(),
                wish.quantity().orElse(1),
                URI.create(publicUrl.get() + PaymentPages.PAID),
                URI.create(publicUrl.get() + PaymentPages.LEFT))) {
              case Begun.Open(var address) -> new Reply.Ok<>(new Checkout(address.toString()));
              case Begun.Subscribed(var standing) ->
                  new Reply.Refused<>(
                      Kind.SUBSCRIBED.detail(
                          "The account '%s' subscribes to the plan '%s'. End that first, with DELETE; subscribe anew when it is over."
                              .formatted(wish.account(), standing.subscription().plan())));
              case Begun.NotSold _ ->
                  new Reply.Refused<>(
                      Kind.NOT_SOLD.detail(
                          sold.isEmpty()
                              ? "Nothing is sold here: every plan is free."
                              : "This plan is not sold. These are: %s."
                                  .formatted(String.join(", ", sold))));
              case Begun.Unavailable _ -> unavailable();
            });
  }

  private Reply<SubscriptionView> cancel(Actor actor, One one) {
    return known(
        actor,
        one.account(),
        () ->
            switch (billing.cancel(one.account())) {
              case Canceled.Done(var standing) -> shown(standing);
              case Canceled.None _ -> none(one);
              case Canceled.Unavailable _ -> unavailable();
            });
  }

  private static <A> Reply<A> unavailable() {
    return new Reply.Refused<>(
        Kind.PAYMENT_UNAVAILABLE.detail(
            "The payment provider does not answer, or refuses. Nothing was charged. Try again; if it stays so, tell the operator."));
  }
}
