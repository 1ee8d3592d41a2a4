package io.rockpool.payment.stripe;

import com.stripe.StripeClient;
import io.rockpool.payment.PaymentOpener;
import io.rockpool.payment.PaymentProvider;

/**
 * Opens Stripe. Its secrets are {@code key} (a secret or restricted key) and {@code webhook} (the
 * signing secret of the endpoint, the whole {@code whsec_…} text).
 */
public final class StripeOpener implements PaymentOpener {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 20_000;

  /** With the same idempotency key each, so that nothing happens twice. */
  private static final int RETRIES = 2;

  @Override
  public String name() {
    return "stripe";
  }

  @Override
  public PaymentProvider open(Setting setting) {
    var root = setting.root().toString();
    var client =
        StripeClient.builder()
            .setApiKey(setting.secret("key").reveal())
            .setApiBase(root.endsWith("/") ? root.substring(0, root.length() - 1) : root)
            .setConnectTimeout(CONNECT_MILLIS)
            .setReadTimeout(READ_MILLIS)
            .setMaxNetworkRetries(RETRIES)
            .build();
    return new StripePayments(
        client, new StripeWebhook(setting.secret("webhook"), setting.clock()));
  }
}
