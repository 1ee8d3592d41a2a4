package io.rockpool.control.binding;

import io.rockpool.runtime.InstanceId;

/** Turns that a gateway works on at once: so many, the others wait. */
public interface Places {
  /**
   * Takes a place; waits for one. Who got one gives it back by {@link #leave}.
   *
   * @return false when there was none for too long
   */
  boolean enter(InstanceId id) throws InterruptedException;

  void leave(InstanceId id);
}
