package io.rockpool.payment;

/** Whether the provider sent what came to the webhook. */
public sealed interface Verdict {
  /**
   * @param acknowledgement the body by which the provider is told that it was taken; may be empty
   */
  record Genuine(Notice notice, String acknowledgement) implements Verdict {}

  /**
   * @param expected whether the provider itself sends such, to test us: no reason for an alarm
   */
  record Forged(boolean expected) implements Verdict {}
}
