package io.rockpool.control.webhook;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How an attempt ended. Nothing of what a receiver said is in it but numbers. */
public sealed interface Outcome {
  /**
   * An answer came.
   *
   * @param status of HTTP
   * @param retryAfter when to come again, as its header says; null where it does not
   */
  record Answered(int status, @Nullable Duration retryAfter) implements Outcome {}

  /**
   * None came.
   *
   * @param why in words for an operator, what to do included
   */
  record Unreachable(String why) implements Outcome {}
}
