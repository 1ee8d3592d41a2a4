package io.rockpool.payment;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.InstantSource;
import java.util.Map;

/** Opens a provider. Found by {@link java.util.ServiceLoader}; one per kind of provider. */
public interface PaymentOpener {
  /** The name that settings and the webhook's address use, e.g. {@code stripe}. Lower case. */
  String name();

  PaymentProvider open(Setting setting);

  /**
   * What a provider is told.
   *
   * @param root where its API is
   * @param secrets keys, by the names that the provider's own guide gives them
   */
  record Setting(URI root, Map<String, Secret> secrets, InstantSource clock) {
    public Setting {
      secrets = Map.copyOf(secrets);
    }

    /**
     * @throws IllegalArgumentException when there is none of this name
     */
    public Secret secret(String name) {
      var secret = secrets.get(name);
      if (secret == null) {
        throw new IllegalArgumentException("the secret '%s' is missing".formatted(name));
      }
      return secret;
    }
  }
}
