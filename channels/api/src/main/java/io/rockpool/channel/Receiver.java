package io.rockpool.channel;

import java.time.Instant;
import java.util.Map;

/** Reads the webhook of one connection. Pure: it asks nobody and has no clock. */
public interface Receiver {
  /**
   * Looks at who sent a request, and only then at what it says. Takes the same time for every wrong
   * signature, and for none.
   */
  Receipt receive(Webhook request, Instant now);

  /**
   * The headers by which whoever listens to the platform with the same secret (an instance) knows a
   * kept body as genuine. Asked for at each attempt: platforms' signatures grow old.
   *
   * @param body as it was received
   */
  Map<String, String> sign(byte[] body, Instant now);
}
