package io.rockpool.control.webhook;

import java.util.random.RandomGenerator;

/** What messages are called: no two events share a name. */
final class MessageId {
  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int LENGTH = 24;

  static String fresh(RandomGenerator random) {
    var id = new StringBuilder("msg_");
    for (int i = 0; i < LENGTH; i++) {
      id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return id.toString();
  }

  private MessageId() {}
}
