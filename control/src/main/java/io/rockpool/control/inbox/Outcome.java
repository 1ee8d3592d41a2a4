package io.rockpool.control.inbox;

import java.time.Duration;

/** How an attempt ended. Reasons are words for the message's owner, without any of its content. */
public sealed interface Outcome {
  /** The destination has it, durably. */
  record Delivered() implements Outcome {}

  /** The destination does not want it and would not the next time. */
  record Rejected(String reason) implements Outcome {}

  /**
   * It was surely not delivered; it may be the next time.
   *
   * @param after wait at least that long; zero when the destination did not say
   */
  record Again(Duration after, String reason) implements Outcome {
    public Again(String reason) {
      this(Duration.ZERO, reason);
    }
  }

  /**
   * It cannot be tried as long as somebody wants its destination not to run. No attempt is counted:
   * it waits until it is too old.
   *
   * @param after look again then
   */
  record Held(Duration after, String reason) implements Outcome {}

  /** It may have been delivered, e.g. the connection broke after the body was sent. */
  record Unknown(String reason) implements Outcome {}
}
