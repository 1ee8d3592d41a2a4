package io.rockpool.control.webhook;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/** Brings messages to their receivers. */
@FunctionalInterface
public interface Courier {
  /** So long an attempt takes at most. */
  Duration PATIENCE = Duration.ofSeconds(15);

  /**
   * Posts JSON, and waits for the answer. Redirects are answers.
   *
   * @param inside whether {@code url} may lead into a private network; otherwise it is looked at
   *     for this very connection
   * @param headers beside those that every request has
   */
  Outcome post(URI url, boolean inside, Map<String, String> headers, byte[] body)
      throws InterruptedException;
}
