package io.rockpool.control.plan;

import io.rockpool.control.usage.Allowance;
import io.rockpool.runtime.Limits;

/**
 * What an instance of this plan may use.
 *
 * @param name as accounts choose it, e.g. {@code free}
 * @param allowance of models, for each instance that has none of its own
 */
public record Plan(String name, Limits limits, SleepPolicy sleep, Allowance allowance) {
  /** A plan that does not limit what instances use of their models. */
  public Plan(String name, Limits limits, SleepPolicy sleep) {
    this(name, limits, sleep, Allowance.UNBOUND);
  }

  public Plan {
    if (!name.matches("[a-z][a-z0-9-]{0,30}")) {
      throw new IllegalArgumentException(
          "'%s' is no plan name: use lower-case letters, digits and dashes".formatted(name));
    }
  }
}
