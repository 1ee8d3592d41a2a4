package io.rockpool.control.openclaw;

import java.time.Instant;
import java.util.List;

/** Who asks to be let in by direct messages. */
public sealed interface Pairings {
  /** Oldest first. OpenClaw keeps three of each account, for an hour. */
  record Waiting(List<Request> requests) implements Pairings {
    public Waiting {
      requests = List.copyOf(requests);
    }
  }

  /** It could not be asked. */
  record Unavailable(String advice) implements Pairings {}

  /**
   * A sender who is not known yet.
   *
   * @param sender by the platform's id
   * @param name as they call themselves there: nobody has checked it; empty if it is not said
   */
  record Request(String id, String sender, String name, Instant askedAt, Instant expiresAt) {}

  /** What became of letting somebody in. */
  sealed interface Approval {
    /**
     * They may write from now on.
     *
     * @param told whether they were told so
     */
    record Done(String sender, boolean told) implements Approval {}

    /** There is no such request, or no more. */
    record Unknown() implements Approval {}

    /** It could not be asked; nobody was let in, as far as is known. */
    record Unavailable(String advice) implements Approval {}
  }
}
