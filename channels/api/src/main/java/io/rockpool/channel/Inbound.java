package io.rockpool.channel;

/**
 * Something that somebody wrote or did. Ids are 1 to {@link #LONGEST_ID} visible ASCII characters.
 *
 * @param id the same whenever the platform sends this again; unique for the connection
 * @param message what this is about, the same in two notices of one message; empty if it is about
 *     none
 * @param lane the conversation: what has the same is delivered in order
 * @param sender who, by the platform's id; empty if it does not say
 * @param place where an answer goes; its chat is empty where none can
 * @param direct whether nobody else is in the conversation
 * @param text what was written, or the value of what was pressed, or for {@link Kind#MOVED} the new
 *     chat; empty if nothing. Any characters, of any length that the body's limit leaves
 */
public record Inbound(
    String id,
    String message,
    String lane,
    Kind kind,
    String sender,
    Place place,
    boolean direct,
    String text) {
  /** Of ids and lanes. */
  public static final int LONGEST_ID = 255;

  public Inbound {
    if (!isId(id) || !isId(lane)) {
      throw new IllegalArgumentException("ids and lanes have 1 to 255 visible ASCII characters");
    }
  }

  /** Whether a text of a stranger can be an id: what stores and logs can hold. */
  public static boolean isId(String text) {
    return !text.isEmpty()
        && text.length() <= LONGEST_ID
        && text.chars().allMatch(it -> it > ' ' && it < 0x7f);
  }

  /** Shows nothing of what was written. */
  @Override
  public String toString() {
    return "Inbound[%s, %s, lane %s]".formatted(kind, id, lane);
  }

  /** What a person did. */
  public enum Kind {
    MESSAGE,
    /** An earlier message has other words now, or none. */
    EDIT,
    /** A command that the platform itself knows, e.g. Slack's slash commands. */
    COMMAND,
    /** Something that we had sent was pressed, or a form of ours filled in. */
    ACTION,
    /** A conversation has another chat id from now on. */
    MOVED,
    /** We are no longer allowed in: the connection is over. */
    REVOKED,
    /** Anything else: members, reactions, polls, and what we do not know yet. */
    OTHER
  }
}
