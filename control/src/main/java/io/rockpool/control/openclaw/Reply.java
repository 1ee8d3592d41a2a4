package io.rockpool.control.openclaw;

/** What a gateway answered, by what the caller may do next. */
public sealed interface Reply {
  /** The whole answer, already given to the listener piece by piece. */
  record Answered(String text, Usage usage) implements Reply {}

  /** No connection: the gateway has not seen the message. Wake the instance and say it again. */
  record Unreachable(String advice) implements Reply {}

  /**
   * It has seen the message and not taken it. 503 passes by itself: saying it again is safe.
   *
   * @param status of HTTP
   */
  record Refused(int status, String advice) implements Reply {}

  /**
   * It has seen the message, or may have, and the answer is not whole. Saying it again may have it
   * answered twice: look at the history first.
   */
  record Broken(String partialText, String advice) implements Reply {}

  /** Tokens of one answer, as the model's provider counted them; 0 where nobody did. */
  record Usage(long inputTokens, long outputTokens) {
    static final Usage NONE = new Usage(0, 0);
  }
}
