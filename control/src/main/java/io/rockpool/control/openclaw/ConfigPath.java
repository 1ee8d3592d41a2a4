package io.rockpool.control.openclaw;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Where in a configuration: the keys from the root down. */
record ConfigPath(List<String> keys) implements Comparable<ConfigPath> {
  static final ConfigPath ROOT = new ConfigPath(List.of());
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_*$-]+");
  private static final int SHOWN = 60;

  ConfigPath {
    keys = List.copyOf(keys);
  }

  /** Of a pattern without special keys, e.g. {@code gateway.auth}. */
  static ConfigPath of(String dotted) {
    return new ConfigPath(List.of(dotted.split("\\.", -1)));
  }

  ConfigPath child(String key) {
    return new ConfigPath(Stream.concat(keys.stream(), Stream.of(key)).toList());
  }

  /** Whether this is {@code other} or lies above it; {@code *} here stands for any one key. */
  boolean covers(ConfigPath other) {
    if (keys.size() > other.keys.size()) {
      return false;
    }
    for (var i = 0; i < keys.size(); i++) {
      if (!keys.get(i).equals("*") && !keys.get(i).equals(other.keys.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** How much a pattern says: longer wins, then fewer stars. */
  int weight() {
    return 100 * keys.size() - (int) keys.stream().filter("*"::equals).count();
  }

  @Override
  public int compareTo(ConfigPath other) {
    return toString().compareTo(other.toString());
  }

  /** Keys joined by dots; odd ones are quoted, long ones are cut, both harmless to print. */
  @Override
  public String toString() {
    if (keys.isEmpty()) {
      return ConfigProblem.ALL;
    }
    var text = new StringBuilder();
    for (var key : keys) {
      var plain = PLAIN.matcher(key).matches() && key.length() <= SHOWN;
      text.append(text.isEmpty() || !plain ? "" : ".").append(plain ? key : quoted(key));
    }
    return text.toString();
  }

  private static String quoted(String key) {
    var clean = key.codePoints().map(c -> Character.isISOControl(c) || c == '"' ? '?' : c);
    var shown =
        clean
            .limit(SHOWN)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append);
    return "[\"%s\"]".formatted(shown);
  }
}
