package io.rockpool.channel;

import java.net.URI;
import java.time.Duration;

/**
 * One chat platform. Found by {@link java.util.ServiceLoader}; remembers nothing, so one is enough
 * for all connections and threads.
 */
public interface Channel {
  /** By which an instance itself hears what people write to its own bot. */
  enum Transport {
    /** The platform posts it to us, and we pass it on: whoever sleeps is woken. */
    WEBHOOK,
    /** By a socket that the instance holds: whoever sleeps hears nothing. */
    SOCKET
  }

  /** The name that webhook addresses and settings use, e.g. {@code telegram}. Lower case. */
  String name();

  Limits limits();

  /** How an instance hears of messages to its own bot. */
  default Transport transport() {
    return Transport.WEBHOOK;
  }

  /** Where the platform's API is, unless an operator says otherwise. */
  URI root();

  /**
   * What reads the webhook of one connection.
   *
   * @throws IllegalArgumentException when its secret is none that the platform could send: nobody
   *     must be let in because nothing was configured
   */
  Receiver receiver(Keys keys);

  /**
   * Our end at the platform. Asks nobody yet. It may have further abilities: {@link Registrar},
   * {@link Typing}.
   */
  Bot bot(Access access);

  /** What is answered where no connection is. The same for every such request; never 410. */
  Reply unknown(Webhook request);

  /**
   * What is answered when a request cannot be taken now, before or after it was looked at: whatever
   * makes the platform send it again, or, where it never does, tells the person.
   *
   * @param wait when it should come again
   */
  Reply busy(Webhook request, Duration wait);
}
