package io.rockpool.server;

import io.rockpool.control.billing.Billing;
import io.rockpool.control.billing.Offers;
import io.rockpool.control.billing.PaymentNotices;
import io.rockpool.control.billing.Reviews;
import io.rockpool.control.billing.Subscriptions;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.metering.ResourcePrices;
import io.rockpool.control.statement.Statements;
import io.rockpool.payment.PaymentOpener;
import io.rockpool.server.billing.ExpiryRoutes;
import io.rockpool.server.billing.PaymentPages;
import io.rockpool.server.billing.PaymentWebhook;
import io.rockpool.server.billing.SubscriptionRoutes;
import io.rockpool.server.config.Settings;
import io.rockpool.server.config.SettingsException;
import io.rockpool.server.http.Route;
import io.rockpool.server.statement.ResourcePriceRoutes;
import io.rockpool.server.statement.StatementRoutes;
import io.rockpool.statement.StatementPdf;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Handler;

/** Money: who pays, what stops when nobody does, and the papers about it. */
final class BillingWiring {
  private static final String STRIPE = "stripe";

  private final Foundation foundation;
  private final Offers offers;
  private final Instances instances;
  private final Reviews reviews;
  private final Billing billing;
  private final BillingRounds rounds;

  BillingWiring(
      Foundation foundation, Offers offers, Subscriptions subscriptions, Instances instances) {
    this.foundation = foundation;
    this.offers = offers;
    this.instances = instances;
    reviews =
        new Reviews(
            subscriptions,
            offers,
            instances,
            foundation.store(),
            foundation.events(),
            foundation.clock());
    billing =
        new Billing(
            subscriptions,
            new PaymentNotices(foundation.sql()),
            reviews,
            offers,
            foundation.clock(),
            new SecureRandom());
    rounds = new BillingRounds(billing);
  }

  /**
   * What is sold, and who takes the money.
   *
   * @param openers every way to be paid that this build has
   */
  static Offers offers(Settings settings, List<PaymentOpener> openers, InstantSource clock) {
    var stripe = settings.payments().stripe();
    if (stripe == null) {
      return Offers.NONE;
    }
    var setting =
        new PaymentOpener.Setting(
            stripe.apiRoot(),
            Map.of("key", stripe.key(), "webhook", stripe.webhookSecret()),
            clock);
    return openers.stream()
        .filter(it -> it.name().equals(STRIPE))
        .findFirst()
        .map(it ->
            new Offers(STRIPE, it.open(setting), stripe.prices(), settings.payments().terms()))
        .orElseThrow(() ->
            new SettingsException("payments.stripe is set, and this build is without Stripe"));
  }

  /** Why an account cannot be deleted by now; empty where nobody would go on paying for it. */
  Optional<String> wouldGoOn(String account) {
    return billing.wouldGoOn(account);
  }

  List<Route<?, ?>> routes() {
    var clock = foundation.clock();
    return Stream.of(
            new SubscriptionRoutes(
                    foundation.accounts(),
                    billing,
                    offers.terms(),
                    offers.products().keySet(),
                    foundation.publicUrl()::toString)
                .routes(),
            new ExpiryRoutes(instances, reviews).routes(),
            new ResourcePriceRoutes(new ResourcePrices(foundation.sql()), clock).routes(),
            new StatementRoutes(
                    new Statements(foundation.sql(), clock),
                    it -> StatementPdf.ofThisHost().print(it))
                .routes())
        .<Route<?, ?>>flatMap(List::stream)
        .toList();
  }

  List<Handler> handlers() {
    return List.of(new PaymentWebhook(offers::named, rounds::hear), new PaymentPages());
  }

  /** Begins to look after payments, until what it returns is closed. */
  AutoCloseable start() {
    rounds.start();
    return rounds;
  }
}
