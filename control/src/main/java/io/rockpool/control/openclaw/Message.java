package io.rockpool.control.openclaw;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One message to an assistant.
 *
 * @param agent who shall answer; empty means the first of the team
 * @param conversation names a history that OpenClaw keeps; 1 to 64 letters, digits, dots, dashes
 *     and underscores
 * @param text 1 to 1,000,000 characters; the newest message only, the history is OpenClaw's
 */
public record Message(Optional<String> agent, String conversation, String text) {
  static final int MAX_TEXT = 1_000_000;
  // Without a colon, so that no name can reach one of OpenClaw's own kinds of sessions.
  private static final Pattern CONVERSATION = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern AGENT = Pattern.compile("[a-z0-9_][a-z0-9_-]{0,63}");

  public Message {
    if (agent.isPresent() && !AGENT.matcher(agent.get()).matches()) {
      throw new IllegalArgumentException("an agent's name has lower-case letters, digits, - and _");
    }
    if (!CONVERSATION.matcher(conversation).matches()) {
      throw new IllegalArgumentException(
          "a conversation's name has 1 to 64 letters, digits, dots, dashes and underscores");
    }
    if (text.isBlank() || text.length() > MAX_TEXT) {
      throw new IllegalArgumentException("a message has 1 to %,d characters".formatted(MAX_TEXT));
    }
  }

  /** To the first agent of the team. */
  public static Message of(String conversation, String text) {
    return new Message(Optional.empty(), conversation, text);
  }
}
