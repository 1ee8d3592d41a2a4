package io.rockpool.edge;

import io.rockpool.runtime.InstanceId;

/**
 * Which instances sleep, and how to wake them. Called on the threads that carry the bytes, for
 * every message and a hundred times a second for one that waits: neither method may block or throw.
 *
 * <p>So that nothing is said to an instance that falls asleep at that moment, the edge tells {@link
 * Traffic#spoke} of a message first and looks at {@link #isAsleep} then. Who sends an instance to
 * sleep makes {@link #isAsleep} true first and looks at what was told then.
 */
public interface Sleep {
  /**
   * Whether the gateway may not be spoken to: from before it is asked to suspend until it answers
   * again. Not for an instance that is stopped: it has no open WebSockets.
   */
  boolean isAsleep(InstanceId id);

  /**
   * Has the instance woken, some time later. Called again every second while somebody waits for it.
   */
  void wake(InstanceId id);

  /** Nothing ever sleeps. */
  Sleep NEVER =
      new Sleep() {
        @Override
        public boolean isAsleep(InstanceId id) {
          return false;
        }

        @Override
        public void wake(InstanceId id) {}
      };
}
