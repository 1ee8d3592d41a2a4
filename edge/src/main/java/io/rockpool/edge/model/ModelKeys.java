package io.rockpool.edge.model;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.util.Optional;

/** Whose virtual key a key is. */
@FunctionalInterface
public interface ModelKeys {
  /**
   * The instance that was given {@code key}; empty for any other text. May block. The time it takes
   * must not tell how near a wrong key is to a right one.
   */
  Optional<InstanceId> instanceOf(Secret key);
}
