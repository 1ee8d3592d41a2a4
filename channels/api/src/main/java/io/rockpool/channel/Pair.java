package io.rockpool.channel;

import io.rockpool.runtime.Secret;
import java.util.Optional;

/**
 * Two values that are kept as one secret, {@code FIRST:SECOND}: what a platform gives in two parts.
 *
 * @param first without a colon
 */
public record Pair(Secret first, Secret second) {
  public Pair {
    if (first.reveal().isBlank() || first.reveal().contains(":") || second.reveal().isBlank()) {
      throw new IllegalArgumentException("both parts must be there, the first without a colon");
    }
  }

  /** As one. */
  public Secret joined() {
    return Secret.of(first.reveal() + ":" + second.reveal());
  }

  /** The two that were {@link #joined}; empty if they were not. */
  public static Optional<Pair> of(Secret joined) {
    var parts = joined.reveal().split(":", 2);
    return parts.length == 2 && !parts[0].isBlank() && !parts[1].isBlank()
        ? Optional.of(new Pair(Secret.of(parts[0]), Secret.of(parts[1])))
        : Optional.empty();
  }
}
