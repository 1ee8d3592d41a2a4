package io.rockpool.server;

import io.rockpool.control.event.Events;
import io.rockpool.control.inbox.DeadLetters;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.store.Sql;

/** Tells what was given up among the events of the instance that it was for. */
record DeliveryEvents(Events events) implements DeadLetters {
  @Override
  public void givenUp(Sql transaction, InboxMessage message, String reason) {
    events.append(
        transaction,
        message.instance(),
        "DeliveryDead",
        "A message of %s was given up. %s It is kept for a week, and can be delivered again."
            .formatted(message.platform(), reason)
            .strip());
  }
}
