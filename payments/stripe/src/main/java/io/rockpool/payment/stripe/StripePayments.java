package io.rockpool.payment.stripe;

import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.ApiException;
import com.stripe.exception.AuthenticationException;
import com.stripe.exception.InvalidRequestException;
import com.stripe.exception.RateLimitException;
import com.stripe.exception.StripeException;
import com.stripe.model.Invoice;
import com.stripe.model.Subscription;
import com.stripe.model.checkout.Session;
import com.stripe.net.RequestOptions;
import com.stripe.param.SubscriptionRetrieveParams;
import com.stripe.param.SubscriptionUpdateParams;
import com.stripe.param.checkout.SessionCreateParams;
import io.rockpool.payment.Answer;
import io.rockpool.payment.Headers;
import io.rockpool.payment.Order;
import io.rockpool.payment.PaymentProvider;
import io.rockpool.payment.Purchase;
import io.rockpool.payment.Purchase.State;
import io.rockpool.payment.Verdict;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Purchases as Stripe has them: a checkout session ({@code cs_…}) until it is paid, then a
 * subscription ({@code sub_…}).
 */
final class StripePayments implements PaymentProvider {
  private static final Logger log = LoggerFactory.getLogger(StripePayments.class);

  private static final String SESSION = "cs_";
  private static final String SUBSCRIPTION = "sub_";

  /** Why there is an invoice for the first period. */
  private static final String FIRST = "subscription_create";

  /** Under this name our order's id stands in the metadata of what Stripe makes of it. */
  static final String ORDER = "rockpool_order";

  private interface Call<T> {
    T ask() throws StripeException;
  }

  private final StripeClient stripe;
  private final StripeWebhook webhook;

  StripePayments(StripeClient stripe, StripeWebhook webhook) {
    this.stripe = stripe;
    this.webhook = webhook;
  }

  @Override
  public Answer<Purchase> begin(Order order) {
    var wish =
        SessionCreateParams.builder()
            .setMode(SessionCreateParams.Mode.SUBSCRIPTION)
            .addLineItem(
                SessionCreateParams.LineItem.builder()
                    .setPrice(order.product())
                    .setQuantity((long) order.quantity())
                    .build())
            .setClientReferenceId(order.id())
            .setSubscriptionData(
                SessionCreateParams.SubscriptionData.builder()
                    .putMetadata(ORDER, order.id())
                    .build())
            .setSuccessUrl(order.paid().toString())
            .setCancelUrl(order.left().toString());
    if (order.buyer() != null) {
      wish.setCustomer(order.buyer());
    }
    var once = RequestOptions.builder().setIdempotencyKey("rockpool-" + order.id()).build();
    return asked(
        () -> purchase(stripe.v1().checkout().sessions().create(wish.build(), once)), true);
  }

  @Override
  public Answer<Purchase> look(String reference) {
    return isKnown(reference) ? asked(() -> fetched(reference), false) : new Answer.Unknown<>();
  }

  @Override
  public Answer<Purchase> cancel(String reference) {
    return isKnown(reference) ? asked(() -> canceled(reference), false) : new Answer.Unknown<>();
  }

  @Override
  public Verdict verify(Headers headers, byte[] body) {
    return webhook.verify(headers, body);
  }

  private static boolean isKnown(String reference) {
    return reference.startsWith(SESSION) || reference.startsWith(SUBSCRIPTION);
  }

  private Purchase fetched(String reference) throws StripeException {
    if (reference.startsWith(SUBSCRIPTION)) {
      return subscription(reference);
    }
    var session = stripe.v1().checkout().sessions().retrieve(reference);
    var subscription = session.getSubscription();
    return subscription == null ? purchase(session) : subscription(subscription);
  }

  private Purchase subscription(String id) throws StripeException {
    return purchase(
        stripe
            .v1()
            .subscriptions()
            .retrieve(
                id, SubscriptionRetrieveParams.builder().addExpand("latest_invoice").build()));
  }

  private Purchase canceled(String reference) throws StripeException {
    var now = fetched(reference);
    return switch (now.state()) {
      case OPEN -> purchase(stripe.v1().checkout().sessions().expire(now.reference()));
      case EXPIRED, ENDED -> now;
      case PENDING, UNPAID, PAUSED -> {
        // No time is paid for: there is no end of it to wait for.
        stripe.v1().subscriptions().cancel(now.reference());
        yield subscription(now.reference());
      }
      case TRIAL, ACTIVE, OVERDUE -> {
        if (!now.ending()) {
          stripe
              .v1()
              .subscriptions()
              .update(
                  now.reference(),
                  SubscriptionUpdateParams.builder().setCancelAtPeriodEnd(true).build());
        }
        yield subscription(now.reference());
      }
    };
  }

  private static Purchase purchase(Session session) {
    var open = "open".equals(session.getStatus());
    var state =
        switch (String.valueOf(session.getStatus())) {
          case "open" -> State.OPEN;
          // Complete, and its subscription is not there yet.
          case "complete" -> State.PENDING;
          case "expired" -> State.EXPIRED;
          default -> throw new UnknownWord("checkout session", session.getStatus());
        };
    return new Purchase(
        session.getId(),
        state,
        session.getCustomer(),
        open ? URI.create(session.getUrl()) : null,
        null,
        false,
        0,
        null,
        null);
  }

  private static Purchase purchase(Subscription subscription) {
    var state = state(subscription.getStatus());
    var invoice = Optional.ofNullable(subscription.getLatestInvoiceObject());
    var due = invoice.filter(it -> "open".equals(it.getStatus()));
    // While a period is due, Stripe shows it as the current one: what was paid for ends before it,
    // and where it is the first, nothing was. What has ended is shown as it was then.
    var lacks = state == State.ENDED && invoice.filter(it -> !isPaid(it)).isPresent();
    var isFirst = lacks && invoice.filter(it -> FIRST.equals(it.getBillingReason())).isPresent();
    var unpaid = state == State.OVERDUE || state == State.UNPAID || lacks;
    var paidUntil =
        subscription.getItems().getData().stream()
            .map(it -> unpaid ? it.getCurrentPeriodStart() : it.getCurrentPeriodEnd())
            .max(Long::compare);
    return new Purchase(
        subscription.getId(),
        state,
        subscription.getCustomer(),
        null,
        state == State.PENDING || isFirst
            ? null
            : paidUntil.map(Instant::ofEpochSecond).orElse(null),
        Boolean.TRUE.equals(subscription.getCancelAtPeriodEnd())
            || subscription.getCancelAt() != null,
        due.map(it -> Math.toIntExact(it.getAttemptCount())).orElse(0),
        due.map(it -> time(it.getNextPaymentAttempt())).orElse(null),
        time(subscription.getEndedAt()));
  }

  private static boolean isPaid(Invoice invoice) {
    return "paid".equals(invoice.getStatus());
  }

  private static State state(@Nullable String status) {
    return switch (String.valueOf(status)) {
      case "incomplete" -> State.PENDING;
      case "incomplete_expired" -> State.EXPIRED;
      case "trialing" -> State.TRIAL;
      case "active" -> State.ACTIVE;
      case "past_due" -> State.OVERDUE;
      case "unpaid" -> State.UNPAID;
      case "paused" -> State.PAUSED;
      case "canceled" -> State.ENDED;
      default -> throw new UnknownWord("subscription", status);
    };
  }

  private static @Nullable Instant time(@Nullable Long seconds) {
    return seconds == null ? null : Instant.ofEpochSecond(seconds);
  }

  /** A status that Stripe did not have when this was written: better not to guess. */
  private static final class UnknownWord extends RuntimeException {
    UnknownWord(String of, @Nullable String word) {
      super(
          "Stripe calls a %s '%s', which this version does not know. Update it."
              .formatted(of, word));
    }
  }

  /**
   * @param keeps whether Stripe keeps the answer under our idempotency key, its own failures, too
   */
  private static Answer<Purchase> asked(Call<Purchase> call, boolean keeps) {
    try {
      return new Answer.Done<>(call.ask());
    } catch (ApiConnectionException e) {
      return new Answer.Unavailable<>(
          "Stripe cannot be reached. Check the network, and its status page.");
    } catch (RateLimitException e) {
      return new Answer.Unavailable<>("Stripe is asked too often. It is asked again later.");
    } catch (AuthenticationException e) {
      return new Answer.Refused<>(
          "Stripe does not take the key (request %s). Check payments.stripe.key and what it may do."
              .formatted(e.getRequestId()));
    } catch (InvalidRequestException e) {
      return e.getStatusCode() == 404 ? new Answer.Unknown<>() : refused(e);
    } catch (ApiException e) {
      return keeps ? refused(e) : new Answer.Unavailable<>("Stripe has a problem of its own.");
    } catch (StripeException e) {
      return refused(e);
    } catch (UnknownWord e) {
      return new Answer.Refused<>(String.valueOf(e.getMessage()));
    }
  }

  private static Answer<Purchase> refused(StripeException e) {
    // Its message may repeat what was sent, and so do our answers to users: the log has the rest.
    log.atWarn()
        .addKeyValue("error", e.getClass().getSimpleName())
        .addKeyValue("status", e.getStatusCode())
        .addKeyValue("code", e.getCode())
        .addKeyValue("request", e.getRequestId())
        .log("Stripe refused a request");
    return new Answer.Refused<>(
        "Stripe refused the request %s (%s, %s). Its log says why: dashboard, Developers, Logs."
            .formatted(e.getRequestId(), e.getStatusCode(), e.getCode()));
  }
}
