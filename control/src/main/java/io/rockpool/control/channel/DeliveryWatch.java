package io.rockpool.control.channel;

import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.Outcome;
import java.time.Duration;

/** Is told how deliveries go. Must not block. */
public interface DeliveryWatch {
  /**
   * An attempt has ended.
   *
   * @param waited until its instance was awake; zero where nobody waited for it
   */
  void tried(InboxMessage message, Outcome outcome, Duration waited);
}
