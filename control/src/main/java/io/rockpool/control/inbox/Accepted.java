package io.rockpool.control.inbox;

/** How a message was taken. */
public enum Accepted {
  /** It is on the disk, and will be delivered or end where its owner sees it. */
  ACCEPTED,
  /** It is there already, or was until lately; nothing happened. */
  DUPLICATE,
  /** Too many wait for that instance; nothing was kept. The platform should send it again. */
  FULL,
  /** There is no such instance; nothing was kept. */
  GONE
}
