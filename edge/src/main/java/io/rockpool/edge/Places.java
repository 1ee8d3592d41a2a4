package io.rockpool.edge;

import io.rockpool.runtime.InstanceId;
import java.util.concurrent.ConcurrentHashMap;

/** Room for so many at once, counted apart for each instance. Remembers only who is in use. */
public final class Places {
  private final ConcurrentHashMap<InstanceId, Integer> taken = new ConcurrentHashMap<>();
  private final int most;

  public Places(int most) {
    this.most = most;
  }

  /** Takes a place if there is one. Who got one gives it back by {@link #leave}. */
  public boolean enter(InstanceId id) {
    var entered = new boolean[1];
    taken.compute(
        id,
        (_, count) -> {
          int now = count == null ? 0 : count;
          entered[0] = now < most;
          return entered[0] ? Integer.valueOf(now + 1) : count;
        });
    return entered[0];
  }

  public void leave(InstanceId id) {
    taken.computeIfPresent(id, (_, count) -> count > 1 ? count - 1 : null);
  }

  int inUse(InstanceId id) {
    return taken.getOrDefault(id, 0);
  }
}
