package io.rockpool.control.pool;

import io.rockpool.control.instance.Wanted;

/**
 * What members are.
 *
 * @param most at most so many; 0 for no pool
 * @param plan of every member: the one of owners who choose none
 * @param runtime the same
 */
public record PoolRules(int most, String plan, String runtime) {
  public PoolRules {
    if (most < 0) {
      throw new IllegalArgumentException("pool.most is %d: set 0 or more".formatted(most));
    }
  }

  /** Whether a member could become what is wanted. */
  boolean fits(Wanted wanted) {
    return most > 0 && wanted.plan().equals(plan) && wanted.runtime().equals(runtime);
  }
}
