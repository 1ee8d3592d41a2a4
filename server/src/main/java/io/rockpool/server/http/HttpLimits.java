package io.rockpool.server.http;

import java.time.Duration;
import java.util.List;

/**
 * What the web layer allows.
 *
 * @param prefixes where every unknown path is answered with a 404 problem, e.g. {@code /api/};
 *     elsewhere it is left to the next handler
 * @param bodyBytes the longest body that is read, 1 or more
 * @param heartbeat the longest silence on a live stream, in which a client that left is noticed
 * @param streamsPerAccount how many live streams one account may have open, 1 or more
 * @param streams how many live streams there may be in all
 * @param keyWait how long a repeated {@code POST} waits for the first one with its key
 * @param keyPause how often it looks, when the first one is served by another replica
 */
public record HttpLimits(
    List<String> prefixes,
    int bodyBytes,
    Duration heartbeat,
    int streamsPerAccount,
    int streams,
    Duration keyWait,
    Duration keyPause) {
  public static final HttpLimits DEFAULT =
      new HttpLimits(
          List.of("/api/"),
          1 << 20,
          Duration.ofSeconds(15),
          20,
          2_000,
          Duration.ofSeconds(10),
          Duration.ofMillis(200));

  public HttpLimits {
    prefixes = List.copyOf(prefixes);
    if (bodyBytes < 1 || streamsPerAccount < 1 || streams < 1) {
      throw new IllegalArgumentException("limits of the web layer must be 1 or more");
    }
    if (!heartbeat.isPositive() || keyWait.isNegative() || !keyPause.isPositive()) {
      throw new IllegalArgumentException("waits of the web layer must be longer than nothing");
    }
  }
}
