package io.rockpool.control.openclaw;

/** What a gateway says to being resumed. */
public sealed interface Resumption {
  /** It takes messages: it was resumed, or was not suspended. */
  record Running() implements Resumption {}

  /** It did not answer, or is still suspended: ask again. */
  record Unavailable(String advice) implements Resumption {}
}
