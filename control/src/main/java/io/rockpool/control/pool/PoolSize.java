package io.rockpool.control.pool;

import io.rockpool.runtime.HostMemory;

/** How many members a pool shall have. Pure. */
final class PoolSize {
  private static final long GB = 1_000_000_000L;

  /** Of RAM in all; below, every gigabyte is for instances that somebody owns. */
  static final long LEAST_HOST = 8 * GB;

  /** What a start needs until the instance dozes. */
  static final long START = 1_200_000_000L;

  /**
   * The number of members to go for, more or fewer than there are.
   *
   * @param most at most so many; 0 for no pool
   * @param demand instances that owners asked for lately
   * @param members how many there are
   */
  static int of(int most, int demand, int members, HostMemory host) {
    if (most == 0 || host.total() < LEAST_HOST) {
      return 0;
    }
    var reserve = Math.max(GB, host.total() / 10);
    var spare = host.available() - reserve - START;
    if (spare < 0) {
      return 0; // an owner's start comes first
    }
    int wanted = Math.clamp(demand, 1, most);
    // Room for one more, and for an owner's start beside it: else the pool would come and go.
    return members < wanted && spare < START ? members : wanted;
  }

  private PoolSize() {}
}
