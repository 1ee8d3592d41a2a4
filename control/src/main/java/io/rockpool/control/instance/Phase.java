package io.rockpool.control.instance;

/** Where an instance is, as its owner sees it. */
public enum Phase {
  /** On its way to running: created, started, restarted or waiting for its next try. */
  PROVISIONING,
  /** Its owner's own path, from the edge to its gateway, has answered. */
  RUNNING,
  DOZING,
  STOPPED,
  ARCHIVED,
  /** Given up; the conditions say why. A start, a restart or a new configuration tries again. */
  FAILED,
  DELETING
}
