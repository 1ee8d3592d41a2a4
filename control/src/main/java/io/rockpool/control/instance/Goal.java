package io.rockpool.control.instance;

/** What the account wants of an instance. */
public enum Goal {
  RUNNING,
  STOPPED,
  /** Destroyed, with its state. */
  GONE
}
