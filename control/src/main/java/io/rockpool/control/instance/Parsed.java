package io.rockpool.control.instance;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

/**
 * Values of a column of JSON, remembered by their texts: to parse a row takes longer than to read
 * it, and most are read again and again.
 *
 * @param <T> never changed by whoever gets one
 */
final class Parsed<T> {
  /** Some megabytes of the longest. */
  private static final int MOST = 2_000;

  private final ObjectReader reader;
  private final ConcurrentMap<String, T> known = new ConcurrentHashMap<>();

  Parsed(ObjectMapper json, Class<T> type) {
    this.reader = json.readerFor(type);
  }

  T of(String text) {
    var parsed = known.get(text);
    if (parsed == null) {
      if (known.size() >= MOST) {
        known.clear();
      }
      parsed = reader.<T>readValue(text);
      known.put(text, parsed);
    }
    return parsed;
  }
}
