package io.rockpool.control.binding;

import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Level;

/** How an assistant is, for those who write to it. */
enum Health {
  AWAKE,
  /** The next message wakes it. */
  ASLEEP,
  STARTING,
  /** Its owner wants it so. */
  STOPPED,
  UNPAID,
  /** It was given up. */
  FAILED;

  static Health of(Instance instance) {
    if (instance.wanted().goal() != Goal.RUNNING) {
      return instance.term().hold() == null ? STOPPED : UNPAID;
    }
    if (!instance.wakes()) {
      return FAILED;
    }
    if (instance.isReachable()) {
      return AWAKE;
    }
    return instance.level() == Level.AWAKE ? STARTING : ASLEEP;
  }
}
