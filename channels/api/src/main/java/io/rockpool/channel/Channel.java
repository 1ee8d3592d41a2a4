package io.rockpool.channel;

import java.net.URI;
import java.time.Duration;

/**
 * One chat platform. Found by {@link java.util.ServiceLoader}; remembers nothing, so one is enough
 * for all connections and threads.
 */
public interface Channel {
  /** How messages come. */
  enum Transport {
    /** The platform posts them to Rockpool: an instance may sleep meanwhile. */
    WEBHOOK,
    /** The instance holds a connection to the platform: they come only while it is awake. */
    SOCKET
  }

  /** The name that webhook addresses and settings use, e.g. {@code telegram}. Lower case. */
  String name();

  /** How messages of a bot that is an instance's own come. */
  default Transport transport() {
    return Transport.WEBHOOK;
  }

  /**
   * Whether a person links an account by a code that they scan, so that it has no token: the
   * instance keeps what it is let in by.
   */
  default boolean isLinked() {
    return false;
  }

  Limits limits();

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

  /** Whether one bot may speak to many users; if not, it is connected to an instance. */
  default boolean isShareable() {
    return transport() == Transport.WEBHOOK;
  }

  /** What is answered where no connection is. The same for every such request; never 410. */
  default Reply unknown(Webhook request) {
    return Reply.empty(404);
  }

  /**
   * What is answered when a request cannot be taken now, before or after it was looked at: whatever
   * makes the platform send it again, or, where it never does, tells the person.
   *
   * @param wait when it should come again
   */
  Reply busy(Webhook request, Duration wait);
}
