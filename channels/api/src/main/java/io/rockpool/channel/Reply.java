package io.rockpool.channel;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * What a platform is answered.
 *
 * @param headers beside the length
 * @param body in UTF-8; mostly empty, as platforms may read meaning into it
 */
public record Reply(int status, Map<String, String> headers, String body) {
  public Reply {
    headers = Map.copyOf(headers);
  }

  /** Nothing but a status. */
  public static Reply empty(int status) {
    return new Reply(status, Map.of(), "");
  }

  public static Reply json(String body) {
    return new Reply(200, Map.of("Content-Type", "application/json; charset=utf-8"), body);
  }

  /** That a request should come again, in a second at least. */
  public static Reply later(Duration wait) {
    return empty(503).with("Retry-After", Long.toString(Math.max(1, wait.toSeconds())));
  }

  public Reply with(String header, String value) {
    var more = new HashMap<>(headers);
    more.put(header, value);
    return new Reply(status, more, body);
  }
}
