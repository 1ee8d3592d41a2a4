package io.rockpool.control.binding;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** So often somebody gets something, and no more; as this server knows it. */
final class Seldom {
  private final int times;
  private final Duration window;
  private final int most;

  /** Who came first is first; those whose window is over are forgotten. Guarded by itself. */
  private final Map<String, Taken> taken = new LinkedHashMap<>();

  private record Taken(Instant since, int times) {}

  /**
   * @param most who are remembered; of more, the first are forgotten
   */
  Seldom(int times, Duration window, int most) {
    this.times = times;
    this.window = window;
    this.most = most;
  }

  /** Whether he gets it once more. */
  boolean take(String who, Instant now) {
    synchronized (taken) {
      var before = taken.get(who);
      if (before == null || !now.isBefore(before.since().plus(window))) {
        taken.remove(who);
        forget(now);
        taken.put(who, new Taken(now, 1));
        return true;
      }
      if (before.times() >= times) {
        return false;
      }
      taken.put(who, new Taken(before.since(), before.times() + 1));
      return true;
    }
  }

  private void forget(Instant now) {
    var first = taken.values().iterator();
    while (first.hasNext()) {
      var oldest = first.next();
      if (taken.size() < most && now.isBefore(oldest.since().plus(window))) {
        return;
      }
      first.remove();
    }
  }
}
