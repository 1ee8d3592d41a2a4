package io.rockpool.control.reconcile;

import io.rockpool.runtime.InstanceId;

/** Asks an instance the way its owner does: over the edge, to its gateway. */
public interface PathProbe {
  /** Whether it answered, ready, within a few seconds. Says nothing about why not. */
  boolean answers(InstanceId id);
}
