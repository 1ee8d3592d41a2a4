package io.rockpool.control.plan;

import io.rockpool.runtime.Limits;

/**
 * What an instance of this plan may use.
 *
 * @param name as accounts choose it, e.g. {@code free}
 */
public record Plan(String name, Limits limits, SleepPolicy sleep) {
  public Plan {
    if (!name.matches("[a-z][a-z0-9-]{0,30}")) {
      throw new IllegalArgumentException(
          "'%s' is no plan name: use lower-case letters, digits and dashes".formatted(name));
    }
  }
}
