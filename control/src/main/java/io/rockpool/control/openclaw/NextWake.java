package io.rockpool.control.openclaw;

import java.time.Instant;

/** When a gateway has something to do by itself. */
public sealed interface NextWake {
  /**
   * A job is due then, by the clock of its host. A time in the past is of a job that is overdue or
   * under way.
   */
  record At(Instant time) implements NextWake {}

  /** No job is planned: only a message, or its owner, gives it something to do. */
  record Never() implements NextWake {}

  /** It did not answer, or could not say. */
  record Unknown(String advice) implements NextWake {}
}
