package io.rockpool.server.config;

import io.rockpool.control.billing.Terms;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How plans are paid for.
 *
 * @param stripe null where nothing is sold
 */
public record PaymentSettings(@Nullable Stripe stripe, Terms terms) {
  /**
   * @param prices Stripe's ids, by the names of plans
   */
  public record Stripe(Secret key, Secret webhookSecret, URI apiRoot, Map<String, String> prices) {
    public Stripe {
      prices = Map.copyOf(prices);
    }
  }
}
