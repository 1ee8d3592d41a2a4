package io.rockpool.edge.model;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What the demo model says. Pure, and the same for the same conversation.
 *
 * <p>OpenClaw wraps what a person wrote (seen on 2026.9.6): the time in brackets and a block about
 * the sender before it, a line about its own runtime after it, and whole messages of internal
 * context, as messages of the "user". All of that is taken off: an answer that holds such markers
 * is cut to pieces by OpenClaw.
 *
 * @param words what the user said last, without OpenClaw's additions
 * @param count how many messages of the user the conversation has, this one included
 */
record Echo(String words, int count) {
  /** More of a message is not repeated; in characters. */
  private static final int LONGEST = 2_000;

  private static final Pattern INTERNAL =
      Pattern.compile(
          "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>.*?(?:<<<END_OPENCLAW_INTERNAL_CONTEXT>>>|\\z)",
          Pattern.DOTALL);
  private static final Pattern INFO =
      Pattern.compile("[^\\n⟦]{0,100}⟦openclaw:ctx⟧\\n```[a-z]*\\n.*?\\n```\\n*", Pattern.DOTALL);
  private static final Pattern MARKER =
      Pattern.compile("<<<[A-Z_]*OPENCLAW[A-Z_]*>>>|⟦openclaw:[^⟧]*⟧?");
  private static final Pattern TIME =
      Pattern.compile(
          "\\A\\s*\\[[A-Z][a-z]{2} \\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}[^\\]\\n]{0,40}\\] ?");
  private static final Pattern RUNTIME =
      Pattern.compile("\n\nRuntime: (name=[^|\n]* \\| )?agent=[^|\n]* \\|.*", Pattern.DOTALL);
  private static final String CURRENT = "[Current message - respond to this]";

  /** Reads the {@code messages} of a chat completion request. */
  static Echo of(JsonNode messages) {
    var said = new ArrayList<String>();
    for (var message : messages) {
      if ("user".equals(message.path("role").asString(""))) {
        var words = words(text(message.path("content")));
        if (!words.isEmpty()) {
          said.add(words);
        }
      }
    }
    return said.isEmpty() ? new Echo("", 0) : new Echo(said.getLast(), said.size());
  }

  String answer() {
    var heard =
        count == 0
            ? "You said nothing yet."
            : "You said: \"%s\" (message %d of this conversation).".formatted(shortened(), count);
    return "I am Rockpool's demo model: I have no intelligence of my own and only echo. "
        + heard
        + " To use a real model, set ROCKPOOL_MODEL_BASE_URL, ROCKPOOL_MODEL_API_KEY and"
        + " ROCKPOOL_MODEL.";
  }

  /** The answer in parts, as a stream sends them: about four words each. */
  List<String> parts() {
    var parts = new ArrayList<String>();
    var part = new StringBuilder();
    int blanks = 0;
    for (var c : (Iterable<Integer>) answer().codePoints()::iterator) {
      part.appendCodePoint(c);
      if (c == ' ' && ++blanks % 4 == 0) {
        parts.add(part.toString());
        part.setLength(0);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  /** An approximation: one token for four characters, and at least one. */
  static int tokens(int characters) {
    return Math.max(1, (characters + 3) / 4);
  }

  static String text(JsonNode content) {
    if (content.isString()) {
      return content.stringValue();
    }
    var text = new StringBuilder();
    for (var part : content) {
      if ("text".equals(part.path("type").asString(""))) {
        text.append(text.isEmpty() ? "" : "\n").append(part.path("text").asString(""));
      }
    }
    return text.toString();
  }

  private static String words(String text) {
    var plain = text;
    String before;
    do { // what is left may join to another marker
      before = plain;
      plain = INTERNAL.matcher(plain).replaceAll("");
      plain = INFO.matcher(plain).replaceAll("");
      plain = MARKER.matcher(plain).replaceAll("");
    } while (!plain.equals(before));
    int current = plain.lastIndexOf(CURRENT);
    if (current >= 0) {
      plain = plain.substring(current + CURRENT.length());
    }
    plain = RUNTIME.matcher(plain).replaceFirst("");
    return TIME.matcher(plain).replaceFirst("").strip();
  }

  private String shortened() {
    return words.codePointCount(0, words.length()) <= LONGEST
        ? words
        : words.substring(0, words.offsetByCodePoints(0, LONGEST)) + "…";
  }
}
