package io.rockpool.edge;

/**
 * What the edge says to a gateway. The gateway's configuration names the same values: {@code
 * gateway.auth.trustedProxy} the two headers, {@code gateway.controlUi.allowedOrigins} the origin.
 */
public final class EdgeHeaders {
  /** Present on every request that came through the edge; its value is {@code 1}. */
  public static final String EDGE = "x-rockpool-edge";

  /** Who comes: a value that cannot be guessed, another one for each instance. */
  public static final String USER = "x-rockpool-user";

  /**
   * The only {@code Origin} a gateway sees. The edge compares the browser's own one with the host
   * that was asked, so a gateway need not know under which names Rockpool is reached.
   */
  public static final String ORIGIN = "http://rockpool.invalid";

  /**
   * Stands in {@code X-Forwarded-For} for a client on this machine: OpenClaw refuses a proxied
   * request from a loopback address. It is of TEST-NET-1 (RFC 5737), so it is nobody's.
   */
  public static final String LOCAL_CLIENT = "192.0.2.1";

  /** The cookie of a login to Rockpool. No gateway sees it, and none can set it. */
  public static final String SESSION_COOKIE = "rockpool_session";

  private EdgeHeaders() {}
}
