package io.rockpool.control.inbox;

/** Where messages go. */
public interface Destination {
  /**
   * Delivers a message. Called on a virtual thread of its lane, which waits meanwhile; it ends
   * within minutes whatever happens. Interrupted when the server stops: what it answers then is not
   * kept.
   *
   * @param message {@code attempts} counts this one; when it is {@code uncertain} an earlier one
   *     may have delivered it
   */
  Outcome deliver(InboxMessage message, Content content);

  /**
   * Whether a message that may have been delivered is delivered again: only where that does no
   * harm, because the receiver knows it by its key, or because {@link #deliver} looks first.
   * Otherwise it is given up, for a person to decide.
   */
  boolean mayRepeat(InboxMessage message);
}
