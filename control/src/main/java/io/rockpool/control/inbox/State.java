package io.rockpool.control.inbox;

import java.util.Locale;

/** How far a message is on its way. */
public enum State {
  /** It waits for its first attempt, or for the next. */
  RECEIVED,
  /** An attempt is under way, or its server died. */
  DELIVERING,
  /** Its destination has it. */
  DELIVERED,
  /** Its destination does not want it, and would not the next time. */
  REJECTED,
  /** It was given up. Its content is kept for a while, and it can be replayed. */
  DEAD;

  /** As it is stored and shown: lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static State of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
