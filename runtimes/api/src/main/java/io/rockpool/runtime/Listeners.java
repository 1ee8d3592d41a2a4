package io.rockpool.runtime;

/**
 * Ability: tells whose the sockets are on which others listen, where instances share the addresses
 * of a host. Whoever brings an instance a secret asks this: another one could have taken its
 * address while it did not run.
 */
public interface Listeners {
  /**
   * Whether whoever takes connections at this address now is this instance; not if nobody does.
   * Quick: asked for each message.
   *
   * @param host an IP address of {@link Observation.Running}
   */
  boolean isListening(InstanceId id, String host, int port);
}
