package io.rockpool.control.usage;

import java.util.Optional;

/**
 * What a plan grants to each of its instances, apart from the others. An instance's own budget
 * takes the place of this one, and its own quota, as a whole, that of this quota.
 */
public record Allowance(Optional<Budget> budget, Quota quota) {
  public static final Allowance UNBOUND = new Allowance(Optional.empty(), Quota.NONE);
}
