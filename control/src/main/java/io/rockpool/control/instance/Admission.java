package io.rockpool.control.instance;

import java.util.Optional;

/** Whether an account may have another instance. */
public interface Admission {
  /** Everybody may have what there is. */
  Admission OPEN = (_, _) -> Optional.empty();

  /**
   * @return what happened and what to do, when it may not
   */
  Optional<String> objection(String accountId, String plan);

  /**
   * How many instances of a plan the account may have; {@link Integer#MAX_VALUE} for any number.
   */
  default int most(String accountId, String plan) {
    return Integer.MAX_VALUE;
  }
}
