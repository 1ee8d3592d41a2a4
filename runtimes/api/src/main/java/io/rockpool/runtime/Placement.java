package io.rockpool.runtime;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where an instance is, as its runtime shows it to people.
 *
 * @param driver the runtime's name, e.g. {@code process}
 * @param details what an operator needs to find it there, e.g. {@code pid}; values are {@link
 *     String} or {@link Long}
 */
public record Placement(String driver, Map<String, Object> details) {
  public Placement {
    details.forEach((name, value) -> {
      if (!(value instanceof String || value instanceof Long)) {
        throw new IllegalArgumentException(
            "placement detail %s is no text or number".formatted(name));
      }
    });
    details = Collections.unmodifiableMap(new TreeMap<>(details));
  }
}
