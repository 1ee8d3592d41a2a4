package io.rockpool.payment;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to buy: a plan, paid for again and again.
 *
 * @param id ours, never used before: what is begun twice with it is begun once. 1 to 32 letters and
 *     digits, as the strictest provider wants it
 * @param product the plan, by the name that the provider has for it
 * @param quantity for how many instances of the plan, 1 to {@link #MOST}
 * @param buyer who the provider said bought before; null for somebody new
 * @param paid where the buyer's browser goes once it is paid. Proves nothing: ask the provider
 * @param left where it goes when the buyer changed their mind
 */
public record Order(
    String id, String product, int quantity, @Nullable String buyer, URI paid, URI left) {
  /** Nobody pays for more at once. */
  public static final int MOST = 10_000;

  public Order {
    if (quantity < 1 || quantity > MOST) {
      throw new IllegalArgumentException("a quantity is from 1 to %d".formatted(MOST));
    }
    if (!id.matches("[A-Za-z0-9]{1,32}")) {
      throw new IllegalArgumentException("an order's id has 1 to 32 letters and digits");
    }
  }
}
