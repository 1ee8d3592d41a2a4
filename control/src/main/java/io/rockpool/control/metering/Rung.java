package io.rockpool.control.metering;

/** Where an instance is on the ladder, as its use of the host goes. Kept in the database. */
public enum Rung {
  /** It has processes that may work. */
  RUNNING,
  /** Its processes are frozen. */
  DOZING,
  /** It has none; its state is kept. */
  STOPPED
}
