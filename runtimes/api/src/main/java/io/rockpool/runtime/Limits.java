package io.rockpool.runtime;

/**
 * What an instance may use at most. A runtime that cannot hold one of them says so as a {@link
 * Shortfall}.
 *
 * @param memoryBytes resident memory, in bytes; 64 MiB or more. Of what is in swap, a host that
 *     counts it apart lets it have as much again: all of it has to fit there when it dozes. Others
 *     hold both together to it
 * @param milliCpus processor time, in thousandths of one core; 50 or more
 * @param processes processes and threads together; 16 or more
 */
public record Limits(long memoryBytes, int milliCpus, int processes) {
  public Limits {
    if (memoryBytes < 64L << 20) {
      throw new IllegalArgumentException(
          "memory limit is %d bytes: set 64 MiB or more".formatted(memoryBytes));
    }
    if (milliCpus < 50) {
      throw new IllegalArgumentException("cpu limit is %dm: set 50m or more".formatted(milliCpus));
    }
    if (processes < 16) {
      throw new IllegalArgumentException(
          "process limit is %d: set 16 or more".formatted(processes));
    }
  }
}
