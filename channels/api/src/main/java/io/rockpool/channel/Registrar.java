package io.rockpool.channel;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.Optional;

/**
 * The ability to tell a platform where our webhook is. Without it a person does that, at the
 * platform's own pages. All may be repeated.
 */
public interface Registrar {
  /**
   * Why the platform itself, not one in its place, would never send anything to an address: a
   * sentence that says what to do. Asks nobody.
   */
  default Optional<String> objection(URI address) {
    return Optional.empty();
  }

  /**
   * Whether the platform proves itself by a secret that it is told. If not, it has made one up, and
   * whoever connects gives it.
   */
  default boolean takesSecret() {
    return true;
  }

  /** Looks; changes nothing. */
  Outcome<Registration> registered();

  /**
   * From now on messages come to this address. What waits at the platform comes, too.
   *
   * @param secret by which the platform is to prove itself, or does anyhow
   */
  Outcome<Registration> register(URI address, Secret secret);

  /** From now on none come. What waits at the platform is kept there as long as it keeps such. */
  Outcome<Registration> unregister();
}
