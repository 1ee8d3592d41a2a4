package io.rockpool.control.openclaw;

import java.util.List;

/** How far a gateway is. */
public sealed interface Readiness {
  /** It takes messages, and all of its parts are well. */
  record Ready() implements Readiness {}

  /**
   * It takes messages, but a part of it is not well, e.g. a chat account.
   *
   * @param failing OpenClaw's names of those parts, e.g. {@code telegram}
   */
  record Impaired(List<String> failing) implements Readiness {
    public Impaired {
      failing = List.copyOf(failing);
    }
  }

  /**
   * It is there and takes no messages now.
   *
   * @param phase OpenClaw's word, e.g. {@code starting} or {@code draining}
   */
  record NotYet(String phase) implements Readiness {}

  /** Nobody answers there, or something that is no OpenClaw gateway. */
  record Silent(String advice) implements Readiness {}
}
