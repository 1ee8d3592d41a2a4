package io.rockpool.control.channel;

import io.rockpool.control.instance.Instance;
import io.rockpool.runtime.Observation.Running;
import java.util.Optional;

/** What deliveries need to know of the runtimes of instances. */
public interface Hosts {
  /** The instance as it runs now; empty when it does not. */
  Optional<Running> running(Instance instance);

  /**
   * Whether what takes connections at an address is the instance itself, where its runtime can
   * tell: another one of the same host could have taken the address while this one did not run.
   */
  boolean isListening(Instance instance, String host, int port);
}
