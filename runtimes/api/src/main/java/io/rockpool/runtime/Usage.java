package io.rockpool.runtime;

import java.time.Duration;

/**
 * What an instance uses of its host.
 *
 * @param memoryBytes of RAM charged to it, swap cache and shared pages that it touched first
 *     included: what would be free without it. Where the host keeps no such account, the sum of its
 *     processes' proportional shares
 * @param swapBytes of its memory that are in swap, uncompressed
 * @param cpu processor time since its start, of all its processes together
 * @param life names that start: as long as it is the same, {@code cpu} counts on, and another one
 *     means that it began anew at 0
 */
public record Usage(long memoryBytes, long swapBytes, Duration cpu, String life) {
  public Usage {
    if (memoryBytes < 0 || swapBytes < 0 || cpu.isNegative()) {
      throw new IllegalArgumentException(
          "usage cannot be negative: %d B, %d B swap, %s".formatted(memoryBytes, swapBytes, cpu));
    }
  }
}
