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
   */
  record Holder(String keyId, InstanceId instance, String accountId, boolean own) {}

  /**
   * Who was given {@code key}; empty for any other text. May block. The time it takes must not tell
   * how near a wrong key is to a right one.
   */
  Optional<Holder> holder(Secret key);
}
