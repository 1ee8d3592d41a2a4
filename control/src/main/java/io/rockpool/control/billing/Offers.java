package io.rockpool.control.billing;

import io.rockpool.payment.PaymentProvider;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is for sale, and who takes the money. A plan that is not here costs nothing.
 *
 * @param name of the provider, as settings and the webhook's address use it
 * @param provider null where nothing is for sale
 * @param products how the provider calls the plans, by the plans' names
 */
public record Offers(
    String name, @Nullable PaymentProvider provider, Map<String, String> products, Terms terms) {
  /** Everything is free. */
  public static final Offers NONE = new Offers("", null, Map.of(), Terms.DEFAULT);

  public Offers {
    products = Map.copyOf(products);
  }

  boolean isSold(String plan) {
    return provider != null && products.containsKey(plan);
  }

  /** The provider, if it is called so. */
  public Optional<PaymentProvider> named(String providerName) {
    return Optional.ofNullable(provider).filter(_ -> name.equals(providerName));
  }
}
