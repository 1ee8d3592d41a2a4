package io.rockpool.channel;

import java.util.Optional;

/**
 * The ability of a {@link Channel} whose webhook acknowledges a question by a promise, which the
 * platform shows: the answer is put in its place. An instance knows nothing of it, so Rockpool asks
 * the instance, and answers.
 */
public interface Deferring {
  /**
   * What was asked.
   *
   * @param promised a message of ours that is there already, and gets the answer's words
   */
  record Deferred(Inbound asked, Posted promised) {}

  /**
   * What a body asks that a receiver has taken; empty where it asks nothing.
   *
   * @param body as it was received
   */
  Optional<Deferred> deferred(byte[] body);
}
