package io.rockpool.control.reconcile;

import io.rockpool.control.instance.Instance;

/** Sees an instance before it is destroyed: afterwards nobody can tell what it used. */
public interface LastLook {
  /** Sees nothing. */
  LastLook NONE = _ -> {};

  /**
   * Called each time before the runtime is told to destroy it, and again where that failed. Must
   * not throw: what goes wrong here keeps no instance.
   */
  void at(Instance instance);
}
