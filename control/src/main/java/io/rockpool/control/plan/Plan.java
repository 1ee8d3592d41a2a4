package io.rockpool.control.plan;

import io.rockpool.control.money.Money;
import io.rockpool.control.usage.Allowance;
import io.rockpool.runtime.Limits;
import org.jspecify.annotations.Nullable;

/**
 * What an instance of this plan may use.
 *
 * @param name as accounts choose it, e.g. {@code free}
 * @param allowance of models, for each instance that has none of its own
 * @param price what an account pays a month for each instance, 0 to a million; null where nobody
 *     said
 */
public record Plan(
    String name, Limits limits, SleepPolicy sleep, Allowance allowance, @Nullable Money price) {
  public Plan {
    if (!name.matches("[a-z][a-z0-9-]{0,30}")) {
      throw new IllegalArgumentException(
          "'%s' is no plan name: use lower-case letters, digits and dashes".formatted(name));
    }
    if (price != null && !price.isPrice()) {
      throw new IllegalArgumentException(
          "the price of '%s' is %s: set 0 to 1000000".formatted(name, price.text()));
    }
  }

  /** Without a price, and without a limit to what instances use of their models. */
  public Plan(String name, Limits limits, SleepPolicy sleep) {
    this(name, limits, sleep, Allowance.UNBOUND, null);
  }
}
