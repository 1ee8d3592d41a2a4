package io.rockpool.control.instance;

/** How deep an instance sleeps, from the top of the ladder to its bottom. */
public enum Level {
  AWAKE,
  /** Frozen, with its memory given back: awake again in about a second. */
  DOZING,
  /** No process; its state is kept. */
  STOPPED
}
