package io.rockpool.control.channel;

import io.rockpool.channel.Inbound;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.Content;

/** What becomes of messages to a bot that many users share. */
public interface SharedMessages {
  /**
   * Keeps what somebody wrote: for the instance that the sender is bound to, or, as a command or
   * from a stranger, to be answered by Rockpool itself. It is on the disk when this returns.
   *
   * @throws io.rockpool.control.store.StoreException when the database failed; the platform sends
   *     it again
   */
  Accepted accept(Directory.Door door, Inbound message, Content content);
}
