package io.rockpool.runtime.process;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Set;

/**
 * Settings of this runtime.
 *
 * @param portBase {@code port-base}: gateways listen on the first free ports from here on; 1024 to
 *     60,000
 * @param userBase {@code uid-base}: instances get user ids from here on, up to 10,000 of them; at
 *     least 1000
 * @param grace {@code stop-grace}: how long an instance may take to stop before it is killed, as
 *     ISO 8601; up to 10 minutes
 * @param logBytes {@code log-bytes}: size at which the output moves to an older part; 1 KiB or more
 * @param logParts {@code log-parts}: how many older parts are kept; 0 to 100
 */
record ProcessOptions(int portBase, long userBase, Duration grace, long logBytes, int logParts) {
  static final int USERS = 10_000;

  private static final Set<String> KEYS =
      Set.of("port-base", "uid-base", "stop-grace", "log-bytes", "log-parts");

  ProcessOptions {
    check(portBase >= 1024 && portBase <= 60_000, "port-base", portBase, "1024 to 60000");
    check(
        userBase >= 1000 && userBase <= Integer.MAX_VALUE - USERS,
        "uid-base",
        userBase,
        "1000 or more");
    check(
        !grace.isNegative() && grace.compareTo(Duration.ofMinutes(10)) <= 0,
        "stop-grace",
        grace,
        "PT0S to PT10M");
    check(logBytes >= 1024, "log-bytes", logBytes, "1024 or more");
    check(logParts >= 0 && logParts <= 100, "log-parts", logParts, "0 to 100");
  }

  /**
   * @param userBase the default of {@code uid-base}
   * @param portBase the default of {@code port-base}
   */
  static ProcessOptions of(Map<String, String> options, long userBase, int portBase) {
    for (var key : options.keySet()) {
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "the process runtime has no setting '%s': it has %s"
                .formatted(key, String.join(", ", KEYS.stream().sorted().toList())));
      }
    }
    return new ProcessOptions(
        Math.toIntExact(number(options, "port-base", portBase)),
        number(options, "uid-base", userBase),
        duration(options, "stop-grace", Duration.ofSeconds(10)),
        number(options, "log-bytes", 10L << 20),
        Math.toIntExact(number(options, "log-parts", 3)));
  }

  private static long number(Map<String, String> options, String key, long otherwise) {
    var text = options.get(key);
    if (text == null) {
      return otherwise;
    }
    if (!text.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException("%s is '%s': set a number".formatted(key, text));
    }
    return Long.parseLong(text);
  }

  private static Duration duration(Map<String, String> options, String key, Duration otherwise) {
    var text = options.get(key);
    try {
      return text == null ? otherwise : Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "%s is '%s': set a duration such as PT10S".formatted(key, text), e);
    }
  }

  private static void check(boolean good, String key, Object value, String range) {
    if (!good) {
      throw new IllegalArgumentException("%s is %s: set %s".formatted(key, value, range));
    }
  }
}
