package io.rockpool.channel.tck;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a person and a bot said to each other, in the order in which it was seen. */
final class Conversation {
  /**
   * One message.
   *
   * @param by {@code you} or {@code bot}
   * @param edits how often its words were changed
   */
  record Line(String by, String text, int edits) {}

  private final List<Line> lines = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();

  synchronized void youSay(String text) {
    lines.add(new Line("you", text, 0));
  }

  /** Takes a message of the bot's in its present words; one that was seen keeps its place. */
  synchronized void botSaid(String id, String text, int edits) {
    var line = new Line("bot", text, edits);
    var place = places.putIfAbsent(id, lines.size());
    if (place == null) {
      lines.add(line);
    } else {
      lines.set(place, line);
    }
  }

  synchronized List<Line> lines() {
    return List.copyOf(lines);
  }
}
