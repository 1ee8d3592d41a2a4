package io.rockpool.edge;

/**
 * Why a request goes no further (RFC 9457). A browser that navigates sees it as a page, everybody
 * else as {@code application/problem+json}.
 *
 * @param type a URI that never changes once released
 * @param status 400 to 599
 * @param detail what happened here and what to do; no secret and nothing of another account
 */
public record Problem(String type, String title, int status, String detail) {
  public Problem {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("a problem has a status of 400 to 599, not " + status);
    }
  }

  static Problem of(String name, String title, int status, String detail) {
    return new Problem("urn:rockpool:problem:" + name, title, status, detail);
  }
}
