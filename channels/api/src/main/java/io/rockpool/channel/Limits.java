package io.rockpool.channel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a platform leaves room for.
 *
 * @param body the largest webhook body, in bytes
 * @param text the longest message, in {@code unit}; at least 16
 * @param answer how long it waits for our answer to a webhook
 * @param betweenEdits the least time between two edits of one message
 */
public record Limits(int body, int text, Unit unit, Duration answer, Duration betweenEdits) {
  public Limits {
    if (text < 16) {
      throw new IllegalArgumentException("a text of %d has no room".formatted(text));
    }
  }

  /** In what a platform counts text. */
  public enum Unit {
    UTF_16 {
      @Override
      int of(int codePoint) {
        return Character.charCount(codePoint);
      }
    },
    CODE_POINTS {
      @Override
      int of(int codePoint) {
        return 1;
      }
    },
    UTF_8_BYTES {
      @Override
      int of(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      }
    };

    abstract int of(int codePoint);
  }

  /** Whether it can be sent as one message. */
  public boolean fits(String text) {
    return text.codePoints().mapToLong(unit::of).sum() <= this.text;
  }

  /**
   * Cuts a text into messages that fit. Together they are the text. Cuts after a line if that makes
   * a part at least half full, else after a word, else between two characters; never inside one.
   *
   * @return none for an empty text. One may hold nothing but blanks: platforms refuse to say it
   */
  public List<String> parts(String text) {
    var parts = new ArrayList<String>();
    var start = 0;
    while (start < text.length()) {
      var end = cut(text, start);
      parts.add(text.substring(start, end));
      start = end;
    }
    return List.copyOf(parts);
  }

  private int cut(String text, int start) {
    var length = 0;
    var line = start;
    var word = start;
    var middle = start;
    for (var at = start; at < text.length(); ) {
      var character = text.codePointAt(at);
      length += unit.of(character);
      if (length > this.text) {
        return line > middle ? line : word > middle ? word : at;
      }
      at += Character.charCount(character);
      if (length <= this.text / 2) {
        middle = at;
      }
      if (character == '\n') {
        line = at;
      } else if (character == ' ') {
        word = at;
      }
    }
    return text.length();
  }
}
