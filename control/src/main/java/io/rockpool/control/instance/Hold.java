package io.rockpool.control.instance;

import java.time.Instant;

/**
 * What keeps an instance from running, whatever its owner wants. Its state is kept.
 *
 * @param message what happened and what to do, a sentence or two for its owner
 * @param resumes whether it starts by itself once nothing keeps it any more
 */
public record Hold(Reason reason, String message, Instant since, boolean resumes) {
  public enum Reason {
    /** Its time is over. */
    EXPIRED,
    /** Its account does not pay for its plan. */
    UNPAID
  }

  Hold resuming(boolean itResumes) {
    return new Hold(reason, message, since, itResumes);
  }
}
