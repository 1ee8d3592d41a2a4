package io.rockpool.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Where a list goes on: behind the item with this key. Clients get it as {@code next} and send it
 * back as {@code cursor}; to them it is one opaque word of letters, digits, dashes and underscores.
 * A request record declares it as {@code Optional<Cursor>}; a word that is no cursor is a 422.
 *
 * @param at the sort key of the last item shown: a time in epoch milliseconds, or a sequence
 *     number; 0 in a list that is sorted by id alone
 * @param id the last item's id, which decides between equal keys; 1 to 256 characters. It came from
 *     outside: compare with it, never show or trust it
 */
public record Cursor(long at, String id) {
  private static final int LONGEST = 2_048;

  public Cursor {
    if (id.isEmpty() || id.length() > 256) {
      throw new IllegalArgumentException("the id of a cursor has 1 to 256 characters");
    }
  }

  /** The opaque word. */
  public String text() {
    var plain = at + ":" + id;
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws IllegalArgumentException if it is anything else; the message is for the client
   */
  public static Cursor parse(String text) {
    if (text.length() <= LONGEST) {
      try {
        var plain =
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(Base64.getUrlDecoder().decode(text)))
                .toString();
        var colon = plain.indexOf(':');
        if (colon > 0) {
          var cursor =
              new Cursor(Long.parseLong(plain.substring(0, colon)), plain.substring(colon + 1));
          if (cursor.text().equals(text)) {
            return cursor;
          }
        }
      } catch (CharacterCodingException | IllegalArgumentException e) {
        // falls through: a stranger's text; how exactly it is wrong helps nobody
      }
    }
    throw new IllegalArgumentException(
        "is not a cursor of this API: send the 'next' of an earlier answer, or leave it out");
  }
}
