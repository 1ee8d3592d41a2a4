package io.rockpool.edge.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Cuts a stream of server-sent events into events, without changing a byte: what {@link #next}
 * gives is, one after the other, what was {@linkplain #add added}. Lines end with CR, LF or both
 * (WHATWG HTML, 9.2.6).
 */
final class ServerSentEvents {
  /** A longer event is passed on in parts that nobody looks into. */
  static final int LONGEST = 16 << 20;

  private byte[] held = new byte[4096];
  private int from;
  private int scanned;
  private int to;
  private boolean lineIsEmpty = true;
  private boolean afterReturn;

  /** One event with the empty line that ends it, or comments, or the rest of a stream. */
  @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
  record Event(byte[] bytes) {
    /** Its data lines, joined; empty where it has none. */
    Optional<String> data() {
      StringBuilder data = null;
      int line = 0;
      for (int i = 0; i <= bytes.length; i++) {
        if (i == bytes.length || bytes[i] == '\n' || bytes[i] == '\r') {
          if (isData(line, i)) {
            int value = line + 5 < i && bytes[line + 5] == ' ' ? line + 6 : Math.min(line + 5, i);
            var text = new String(bytes, value, i - value, StandardCharsets.UTF_8);
            data = data == null ? new StringBuilder(text) : data.append('\n').append(text);
          }
          line = i + 1;
        }
      }
      return Optional.ofNullable(data).map(StringBuilder::toString);
    }

    /**
     * The bytes without the only place that a pattern of ASCII finds; all, where there are more.
     */
    byte[] without(Pattern pattern) {
      var text = new String(bytes, StandardCharsets.ISO_8859_1);
      return pattern.matcher(text).results().count() == 1
          ? pattern.matcher(text).replaceFirst("").getBytes(StandardCharsets.ISO_8859_1)
          : bytes;
    }

    private boolean isData(int line, int end) {
      return end - line >= 4
          && bytes[line] == 'd'
          && bytes[line + 1] == 'a'
          && bytes[line + 2] == 't'
          && bytes[line + 3] == 'a'
          && (end - line == 4 || bytes[line + 4] == ':');
    }
  }

  void add(byte[] bytes, int length) {
    if (to + length > held.length) {
      int size = to - from;
      var room =
          size + length > held.length ? new byte[Math.max(2 * held.length, size + length)] : held;
      System.arraycopy(held, from, room, 0, size);
      scanned -= from;
      from = 0;
      to = size;
      held = room;
    }
    System.arraycopy(bytes, 0, held, to, length);
    to += length;
  }

  /** The next whole event; empty where more has to be added first. */
  Optional<Event> next() {
    while (scanned < to) {
      var it = held[scanned++];
      if (it == '\n' && afterReturn) {
        afterReturn = false; // belongs to the return before it
        continue;
      }
      afterReturn = it == '\r';
      if (it != '\n' && it != '\r') {
        lineIsEmpty = false;
      } else if (lineIsEmpty) {
        if (afterReturn && scanned < to && held[scanned] == '\n') {
          scanned++;
          afterReturn = false;
        }
        return Optional.of(taken());
      } else {
        lineIsEmpty = true;
      }
    }
    return to - from > LONGEST ? Optional.of(taken()) : Optional.empty();
  }

  /** Bytes that this takes in memory. */
  int held() {
    return held.length;
  }

  /** What is left at the end of the stream. */
  Optional<Event> rest() {
    scanned = to;
    return to > from ? Optional.of(taken()) : Optional.empty();
  }

  private Event taken() {
    var event = new Event(Arrays.copyOfRange(held, from, scanned));
    from = scanned;
    if (from == to) {
      from = 0;
      to = 0;
      scanned = 0;
    }
    return event;
  }
}
