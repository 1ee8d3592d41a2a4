package io.rockpool.channel;

import java.util.List;

/** What came to a webhook, by what to do next. */
public sealed interface Receipt {
  /** The answer to the platform. */
  Reply reply();

  /** The platform did not send this. */
  record Forged(Reply reply) implements Receipt {}

  /** The platform asks the webhook itself. It is answered; nothing is kept. */
  record Probe(Reply reply) implements Receipt {}

  /**
   * For somebody here. The reply is given once all are kept, and for those that were kept before.
   *
   * @param messages one or more
   * @param contentType of the body, when it is passed on; one of a few constants
   */
  record Messages(List<Inbound> messages, String contentType, Reply reply) implements Receipt {
    public Messages {
      messages = List.copyOf(messages);
    }
  }

  /**
   * Genuine, and for nobody: what we or another bot wrote, or news about the webhook.
   *
   * @param why a few constant words, for counting
   */
  record Ignored(String why, Reply reply) implements Receipt {}

  /**
   * Genuine, and not to be understood. It is kept as dead and acknowledged: a platform that is told
   * of an error sends it again for hours, and holds back what comes after it.
   *
   * @param id made from the body, so that the same body is kept once
   * @param why a few constant words; nothing of what was sent
   */
  record Unreadable(String id, String why, Reply reply) implements Receipt {}
}
