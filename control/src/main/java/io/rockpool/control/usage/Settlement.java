package io.rockpool.control.usage;

import org.jspecify.annotations.Nullable;

/**
 * How a call ended.
 *
 * @param provider who answered last; null where none was reached
 * @param answeredModel what it called the model; null where it did not say
 * @param attempts how often a provider was asked
 * @param estimated whether {@code tokens} are Rockpool's own estimate, or a part of them is
 * @param tokens of all attempts that a provider may charge for
 */
public record Settlement(
    Outcome outcome,
    @Nullable String provider,
    @Nullable String answeredModel,
    int attempts,
    boolean estimated,
    Tokens tokens) {
  /** What became of a call. The names are kept in the database. */
  public enum Outcome {
    ANSWERED,
    /** The provider refused, or could not. */
    REFUSED,
    /** The provider broke off its answer, or may have read the call and never answered. */
    BROKEN,
    /** The client left before the end. */
    ABORTED,
    /** Rockpool was stopped under way. */
    LOST
  }
}
