package io.rockpool.control.reconcile;

import io.rockpool.runtime.InstanceSpec;
import java.net.URI;

/** Asks gateways whether they work by the files that they were handed while they ran. */
public interface FilesProbe {
  /** What a gateway says. */
  enum Answer {
    /** What begins now is done by these files. */
    TAKEN,
    /** It still works by older ones. */
    NOT_YET,
    /** It cannot tell, or not now. */
    UNKNOWN
  }

  /**
   * Answers within a few seconds.
   *
   * @param gateway scheme, host and port
   * @param spec whose files were handed over
   */
  Answer ask(URI gateway, InstanceSpec spec);
}
