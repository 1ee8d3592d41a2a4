package io.rockpool.channel.tck;

import java.time.Duration;
import java.time.Instant;

/** About one message a second, and a few at once: how both platforms describe it. */
final class Pace {
  private static final int BURST = 5;
  private static final Duration EACH = Duration.ofSeconds(1);

  private double left = BURST;
  private Instant seen = Instant.MIN;

  /** Seconds to wait; 0 if it may be sent now. */
  int take(Instant now) {
    if (seen.isAfter(Instant.MIN)) {
      var grown = (double) Duration.between(seen, now).toMillis() / EACH.toMillis();
      left = Math.min(BURST, left + Math.max(0, grown));
    }
    seen = now;
    if (left < 1) {
      return 1;
    }
    left--;
    return 0;
  }
}
