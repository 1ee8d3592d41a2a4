package io.rockpool.edge;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Decides what becomes of the bytes in one direction of a tunnel. One thread at a time. */
interface Watch {
  /** What to do next. */
  enum Step {
    /** Write {@link Watch#length} bytes. */
    PASS,
    /** Leave {@link Watch#length} bytes out. */
    DROP,
    /** Write {@link Watch#own} first. */
    OWN,
    /** Read more. */
    MORE,
    /** Read nothing, and ask again soon. */
    WAIT
  }

  /**
   * Looks at what was read and has not been passed or dropped; asked again after every step.
   *
   * @throws IOException if the tunnel is to be cut
   */
  Step next(ByteBuffer bytes) throws IOException;

  /** From the position of the bytes; valid until {@link #next} is called again. */
  int length();

  /** Given away once. */
  ByteBuffer own();

  /** Whether it is no sign of a dead peer when nothing arrives for long. Any thread. */
  default boolean mayBeSilent() {
    return false;
  }
}
