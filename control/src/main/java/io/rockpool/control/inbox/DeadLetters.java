package io.rockpool.control.inbox;

import io.rockpool.control.store.Sql;

/** Hears of messages that are given up. */
@FunctionalInterface
public interface DeadLetters {
  /** Where nobody wants to hear of them. */
  DeadLetters UNHEARD = (_, _, _) -> {};

  /**
   * Called in the transaction that gives a message up; it must have no effect but on the database.
   *
   * @param message as it was during its last attempt, or is where there was none
   * @param reason in words for its owner
   */
  void givenUp(Sql transaction, InboxMessage message, String reason);
}
