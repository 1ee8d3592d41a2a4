package io.rockpool.control.openclaw;

import java.util.regex.Pattern;

/**
 * One message to an assistant.
 *
 * @param agent who shall answer. With several agents OpenClaw insists on being told; the first of a
 *     team leads it
 * @param conversation names a history that OpenClaw keeps; 1 to 64 letters, digits, dots, dashes
 *     and underscores
 * @param text 1 to 1,000,000 characters; the newest message only, the history is OpenClaw's
 */
public record Message(String agent, String conversation, String text) {
  static final int MAX_TEXT = 1_000_000;
  // Without a colon, so that no name can reach one of OpenClaw's own kinds of sessions.
  private static final Pattern CONVERSATION = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern AGENT = Pattern.compile("[a-z0-9_][a-z0-9_-]{0,63}");

  public Message {
    if (!AGENT.matcher(agent).matches()) {
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

  /** OpenClaw's name of the conversation: with the agent, which a team's gateway insists on. */
  String sessionKey() {
    return "agent:%s:rp:%s".formatted(agent, conversation);
  }
}
