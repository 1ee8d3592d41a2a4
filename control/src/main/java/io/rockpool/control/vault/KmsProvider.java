package io.rockpool.control.vault;

import java.net.URI;
import java.util.Optional;

/**
 * Opens master keys that a service keeps (a KMS). Found by {@link java.util.ServiceLoader}; one per
 * kind of service. How it logs in there is its own business, and none of Rockpool's settings.
 */
public interface KmsProvider {
  /** What settings call it, e.g. {@code aws}. Lower case. */
  String name();

  /**
   * A key of the service. Nothing is asked yet.
   *
   * @param key as the service names it
   * @param endpoint of the service, where it is not the usual one
   * @throws IllegalArgumentException when this cannot be a key; the message says what is wrong
   */
  KeyWrap open(String key, Optional<URI> endpoint);
}
