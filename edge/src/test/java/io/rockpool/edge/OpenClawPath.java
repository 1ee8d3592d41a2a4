package io.rockpool.edge;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * How OpenClaw reads a path: written after its 2026.9.6 ({@code src/gateway/security-path.ts} and
 * the URL Standard's parser, which Node has), and knowing nothing of {@link Route}.
 */
final class OpenClawPath {
  private static final int PASSES = 32;

  /** Every path that OpenClaw compares with its routes: as sent, and after each decoding. */
  static SequencedSet<String> readings(String path) {
    var readings = new LinkedHashSet<String>();
    var plain = pathname(path);
    readings.add(normalized(plain));
    for (int pass = 0; pass < PASSES; pass++) {
      var next = decodeUriComponent(plain);
      if (next.isEmpty() || next.get().equals(plain)) {
        break;
      }
      plain = next.get();
      readings.add(normalized(plain));
    }
    return readings;
  }

  private static String normalized(String path) {
    var text = new StringBuilder();
    pathname(path)
        .toLowerCase(Locale.ROOT)
        .chars()
        .filter(c -> c != '/' || text.isEmpty() || text.charAt(text.length() - 1) != '/')
        .forEach(c -> text.append((char) c));
    if (text.length() > 1 && text.charAt(text.length() - 1) == '/') {
      text.setLength(text.length() - 1);
    }
    return text.toString();
  }

  /** {@code new URL(path, "http://localhost").pathname} of a path that begins with a slash. */
  static String pathname(String path) {
    var text = withoutHost(withoutBlanks(path));
    var segments = new ArrayDeque<String>();
    int from = 0;
    while (from < text.length()) {
      int to = from + 1;
      while (to < text.length() && !isSlash(text.charAt(to))) {
        to++;
      }
      var segment = text.substring(from + 1, to);
      switch (segment.toLowerCase(Locale.ROOT).replace("%2e", ".")) {
        case "." -> {
          if (to == text.length()) {
            segments.add("");
          }
        }
        case ".." -> {
          segments.pollLast();
          if (to == text.length()) {
            segments.add("");
          }
        }
        default -> segments.add(encoded(segment));
      }
      from = to;
    }
    return "/" + String.join("/", segments);
  }

  /** Without blanks at both ends and without line breaks and tabs anywhere. */
  private static String withoutBlanks(String path) {
    int from = 0;
    int to = path.length();
    while (from < to && path.charAt(from) <= ' ') {
      from++;
    }
    while (to > from && path.charAt(to - 1) <= ' ') {
      to--;
    }
    return path.substring(from, to).replace("\t", "").replace("\n", "").replace("\r", "");
  }

  /** Two slashes begin a host; a question mark or a number sign ends the path. */
  private static String withoutHost(String text) {
    int from = 0;
    if (text.length() > 1 && isSlash(text.charAt(0)) && isSlash(text.charAt(1))) {
      while (from < text.length() && isSlash(text.charAt(from))) {
        from++;
      }
      while (from < text.length() && !isSlash(text.charAt(from)) && !isEnd(text.charAt(from))) {
        from++;
      }
    }
    int to = from;
    while (to < text.length() && !isEnd(text.charAt(to))) {
      to++;
    }
    return text.substring(from, to);
  }

  private static boolean isSlash(char c) {
    return c == '/' || c == '\\';
  }

  private static boolean isEnd(char c) {
    return c == '?' || c == '#';
  }

  private static String encoded(String segment) {
    if (segment.chars().allMatch(OpenClawPath::isPlain)) {
      return segment;
    }
    var text = new StringBuilder();
    segment
        .codePoints()
        .forEach(c -> {
          if (isPlain(c)) {
            text.appendCodePoint(c);
          } else {
            var bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
            text.append('%').append(HexFormat.ofDelimiter("%").withUpperCase().formatHex(bytes));
          }
        });
    return text.toString();
  }

  private static boolean isPlain(int c) {
    return c > ' ' && c < 0x7f && "\"<>^`{}".indexOf(c) < 0;
  }

  /** JavaScript's; empty where that throws. */
  private static Optional<String> decodeUriComponent(String text) {
    var plain = new StringBuilder();
    var bytes = new ArrayList<Byte>();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != '%') {
        if (!append(bytes, plain)) {
          return Optional.empty();
        }
        plain.append(text.charAt(i));
      } else if (i + 2 < text.length()
          && HexFormat.isHexDigit(text.charAt(i + 1))
          && HexFormat.isHexDigit(text.charAt(i + 2))) {
        bytes.add((byte) HexFormat.fromHexDigits(text, i + 1, i + 3));
        i += 2;
      } else {
        return Optional.empty();
      }
    }
    return append(bytes, plain) ? Optional.of(plain.toString()) : Optional.empty();
  }

  private static boolean append(List<Byte> bytes, StringBuilder plain) {
    var buffer = ByteBuffer.allocate(bytes.size());
    bytes.forEach(buffer::put);
    bytes.clear();
    try {
      plain.append(StandardCharsets.UTF_8.newDecoder().decode(buffer.flip()));
      return true;
    } catch (CharacterCodingException noText) {
      return false;
    }
  }

  private OpenClawPath() {}
}
