package io.rockpool.edge;

import io.rockpool.runtime.Secret;

/**
 * What the edge says to a gateway. The gateway's configuration names the same values: {@code
 * gateway.auth.trustedProxy.requiredHeaders} has {@link #EDGE}, {@code …userHeader} has {@link
 * #userHeader}, and {@code gateway.controlUi.allowedOrigins} has {@link #ORIGIN}.
 */
public final class EdgeHeaders {
  /** Present on every request that came through the edge; its value is {@code 1}. */
  public static final String EDGE = "x-rockpool-edge";

  private static final String USER = "x-rockpool-user-";

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

  /**
   * The header that says who comes, and by its name proves that the edge says it. The secret is the
   * name and not the value, because OpenClaw shows the value: in its log, in the Control UI and, as
   * the sender of a message, to the model. A request without this header is answered with 401, and
   * neither the answer nor the log tells the name (tried on 2026.9.6).
   *
   * @param proof 16 to 64 lower-case letters and digits, another one for each instance
   * @throws IllegalArgumentException if it has another shape; the message does not show it
   */
  public static String userHeader(Secret proof) {
    var text = proof.reveal();
    if (!isProof(text)) {
      throw new IllegalArgumentException(
          "the edge's proof must be 16 to 64 lower-case letters and digits");
    }
    return USER + text;
  }

  /** By hand: this is asked for every request, where a pattern takes longer than the look-ups. */
  private static boolean isProof(String text) {
    if (text.length() < 16 || text.length() > 64) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
        return false;
      }
    }
    return true;
  }

  private EdgeHeaders() {}
}
