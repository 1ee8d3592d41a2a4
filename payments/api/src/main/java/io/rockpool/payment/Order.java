package io.rockpool.payment;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to buy: a plan, paid for again and again.
 *
 * @param id ours, never used before: what is begun twice with it is begun once. 1 to 32 letters and
 *     digits, as the strictest provider wants it
 * @param product the plan, by the name that the provider has for it
 * @param buyer who the provider said bought before; null for somebody new
 * @param paid where the buyer's browser goes once it is paid. Proves nothing: ask the provider
 * @param left where it goes when the buyer changed their mind
 */
public record Order(String id, String product, @Nullable String buyer, URI paid, URI left) {
  public Order {
    if (!id.matches("[A-Za-z0-9]{1,32}")) {
      throw new IllegalArgumentException("an order's id has 1 to 32 letters and digits");
    }
  }
}
