package io.rockpool.control.reconcile;

import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/**
 * The instances whose lease this server holds. Each is either at work, which is one session, or
 * rests as it is wanted until its next look; that time is kept here and nowhere else, so that a
 * look costs the store nothing.
 */
final class Holdings {
  private final InstantSource clock;
  private final Set<InstanceId> atWork = new HashSet<>();
  private final Set<InstanceId> changed = new HashSet<>();
  private final Map<InstanceId, Look> resting = new HashMap<>();
  private final DelayQueue<Look> looks = new DelayQueue<>();

  Holdings(InstantSource clock) {
    this.clock = clock;
  }

  /** A look at a time; it is void unless the instance still rests until then. */
  private record Look(InstanceId id, Instant at, InstantSource clock) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(Duration.between(clock.instant(), at));
    }

    @Override
    public int compareTo(Delayed other) {
      return other instanceof Look look ? at.compareTo(look.at) : 0;
    }
  }

  /**
   * Begins to work on what was claimed.
   *
   * @return whether the caller may; if not, somebody is at it and will look once more
   */
  synchronized boolean begin(InstanceId id) {
    resting.remove(id);
    boolean free = atWork.add(id);
    if (!free) {
      changed.add(id);
    }
    return free;
  }

  /** Waits for the next look, and begins to work on that instance. */
  InstanceId awaitLook() throws InterruptedException {
    while (true) {
      var look = looks.take();
      synchronized (this) {
        if (resting.remove(look.id(), look)) {
          atWork.add(look.id());
          return look.id();
        }
      }
    }
  }

  /** Work on it has ended, its lease is kept: looks again then, or at once if it was changed. */
  synchronized void rest(InstanceId id, Instant lookAt) {
    atWork.remove(id);
    var look = new Look(id, changed.remove(id) ? Instant.EPOCH : lookAt, clock);
    resting.put(id, look);
    looks.add(look);
  }

  /**
   * Work on it has ended, and its lease was given back or lost. It may have been claimed again in
   * that moment: then it is looked at at once.
   */
  synchronized void end(InstanceId id) {
    if (changed.contains(id)) {
      rest(id, Instant.EPOCH);
    } else {
      atWork.remove(id);
    }
  }

  /** All of them. */
  synchronized Set<InstanceId> all() {
    var all = new HashSet<>(atWork);
    all.addAll(resting.keySet());
    return all;
  }

  /** Those that nobody works on. They are forgotten: whoever takes them gives them back. */
  synchronized Set<InstanceId> takeResting() {
    var rest = Set.copyOf(resting.keySet());
    resting.clear();
    return rest;
  }
}
