package io.rockpool.control.instance;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Instances that were started before anybody wanted them. */
public interface Spares {
  /** There are none. */
  Spares NONE = (_, _, _, _) -> Optional.empty();

  /**
   * Gives one of them to an account.
   *
   * @param wished as it would be made anew; valid
   * @param name what its owner calls it; null for its id
   * @param creationKey one instance per account and key within a day; null for none
   * @param most how many of this plan the account may have with it
   * @return it, under its own id, or the one that was made with this key before; empty when none
   *     fits
   */
  Optional<Instance> claim(
      Instance wished, @Nullable String name, @Nullable String creationKey, int most);
}
