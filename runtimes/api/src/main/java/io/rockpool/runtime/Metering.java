package io.rockpool.runtime;

import java.util.Optional;

/**
 * Ability: tells what instances use of their host, and what the host has left. Never blocks long.
 */
public interface Metering {
  /** What an instance uses now; empty when it does not run, or nothing can be told about it. */
  Optional<Usage> usage(InstanceId id);

  /** The memory of the host that this driver's instances share. */
  HostMemory memory();
}
