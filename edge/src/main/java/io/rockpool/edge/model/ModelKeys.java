package io.rockpool.edge.model;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.util.Optional;

/** Whose virtual key a key is. */
@FunctionalInterface
public interface ModelKeys {
  /**
   * A valid key.
   *
   * @param keyId names the key; no secret
   * @param accountId pays
   * @param own whether it is the instance's own, which its gateway shows; otherwise it was made for
   *     another client
   * @param held why nobody may call a model for this instance, whatever the key; a sentence or two
   *     for its owner. Empty for nearly all
   */
  record Holder(
      String keyId, InstanceId instance, String accountId, boolean own, Optional<String> held) {}

  /**
   * Who was given {@code key}; empty for any other text. May block. The time it takes must not tell
   * how near a wrong key is to a right one.
   */
  Optional<Holder> holder(Secret key);
}
