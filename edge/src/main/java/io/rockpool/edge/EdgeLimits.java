package io.rockpool.edge;

import java.time.Duration;

/**
 * How much one caller may ask of the edge.
 *
 * @param bodyBytes the longest request body; 1 KiB to 1 GiB. More is answered with 413
 * @param headerBytes the longest header sent on to a gateway; 4 KiB to 64 KiB. The connector's own
 *     limit decides what is received
 * @param requestsPerInstance requests in flight to one instance, streams and those that wait for it
 *     to wake included; 1 to 10,000. More are answered with 503
 * @param tunnelsPerInstance open WebSockets of one instance; 1 to 10,000
 * @param tunnelIdle a WebSocket on which nothing moved for so long is closed; 1 second or more
 * @param connectTimeout how long a gateway may take to accept a connection; 10 ms to 1 minute
 */
public record EdgeLimits(
    long bodyBytes,
    int headerBytes,
    int requestsPerInstance,
    int tunnelsPerInstance,
    Duration tunnelIdle,
    Duration connectTimeout) {
  public static final EdgeLimits DEFAULT =
      new EdgeLimits(32L << 20, 16 << 10, 1_024, 128, Duration.ofHours(1), Duration.ofSeconds(2));

  public EdgeLimits {
    within("edge.body-bytes", bodyBytes, 1L << 10, 1L << 30);
    within("edge.header-bytes", headerBytes, 4 << 10, 64 << 10);
    within("edge.requests-per-instance", requestsPerInstance, 1, 10_000);
    within("edge.tunnels-per-instance", tunnelsPerInstance, 1, 10_000);
    if (tunnelIdle.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "edge.tunnel-idle is %s: set 1 second or more".formatted(tunnelIdle));
    }
    if (connectTimeout.compareTo(Duration.ofMillis(10)) < 0
        || connectTimeout.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException(
          "edge.connect-timeout is %s: set 10 ms to 1 minute".formatted(connectTimeout));
    }
  }

  private static void within(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d: set %d to %d".formatted(key, value, least, most));
    }
  }
}
