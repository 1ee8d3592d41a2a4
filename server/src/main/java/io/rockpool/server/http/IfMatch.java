package io.rockpool.server.http;

import java.util.Arrays;

/**
 * {@code If-Match}: change it only if it is still what I saw. The entity tag of a thing is its
 * generation, in quotes.
 *
 * @param value {@code *}, or one or more quoted tags with commas between them
 */
public record IfMatch(String value) implements Header {
  public IfMatch {
    if (!value.equals("*")
        && !value.matches("\\s*(W/)?\"[^\"]*\"(\\s*,\\s*(W/)?\"[^\"]*\")*\\s*")) {
      throw new IllegalArgumentException(
          "must be *, or the ETag of an earlier answer with its quotes");
    }
  }

  /** The entity tag of a generation, with its quotes. */
  public static String etag(long generation) {
    return "\"" + generation + "\"";
  }

  /**
   * Whether a thing of this generation may be changed. Weak tags never match (RFC 9110, 13.1.1).
   */
  public boolean allows(long generation) {
    return value.equals("*")
        || Arrays.stream(value.split(",", -1))
            .map(String::strip)
            .anyMatch(etag(generation)::equals);
  }
}
