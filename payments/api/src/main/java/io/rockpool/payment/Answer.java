package io.rockpool.payment;

/** What a provider said, by what to do next. */
public sealed interface Answer<T> {
  record Done<T>(T value) implements Answer<T> {}

  /** It knows no such purchase. */
  record Unknown<T>() implements Answer<T> {}

  /**
   * It says no to this request, and will say so again.
   *
   * @param advice what happened and what to do, for an operator; shows no secret
   */
  record Refused<T>(String advice) implements Answer<T> {}

  /**
   * It did not answer, or not now: it may have happened. The same request may be repeated.
   *
   * @param advice what happened and what to do, for an operator; shows no secret
   */
  record Unavailable<T>(String advice) implements Answer<T> {}
}
