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
}
