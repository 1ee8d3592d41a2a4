package io.rockpool.control.plan;

import io.rockpool.runtime.Limits;

/**
 * What an instance of this plan may use.
 *
 * @param name as accounts choose it, e.g. {@code free}
 * @param heapMegabytes bound of the gateway's JavaScript heap (Node's {@code
 *     --max-old-space-size}); 384 is the least that serves without long collections (measured: 256
 *     makes turns take up to 10 s)
 */
public record Plan(String name, Limits limits, int heapMegabytes) {
  public Plan {
    if (!name.matches("[a-z][a-z0-9-]{0,30}")) {
      throw new IllegalArgumentException(
          "'%s' is no plan name: use lower-case letters, digits and dashes".formatted(name));
    }
    if (heapMegabytes < 256 || heapMegabytes * (1L << 20) > limits.memoryBytes()) {
      throw new IllegalArgumentException(
          "plans.%s.heap-megabytes (%d) must be 256 or more and fit into the plan's memory"
              .formatted(name, heapMegabytes));
    }
  }
}
