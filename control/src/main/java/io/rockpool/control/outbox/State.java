package io.rockpool.control.outbox;

import java.util.Locale;

/** How far a message is on its way to its platform. */
public enum State {
  /** A first version of it is being posted, or the server that did so died. */
  DRAFTING,
  /** A first version of it is posted, and will be edited. */
  DRAFT,
  /** It has its words, and waits for its turn. */
  PENDING,
  /** It is being said, or the server that did so died. */
  SENDING,
  /** The platform has it. */
  SENT,
  /** Perhaps the platform has it. It is not said again. */
  UNKNOWN,
  /** It was not said, and will not be. */
  DEAD;

  /** As it is stored and shown: lower case. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static State of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
