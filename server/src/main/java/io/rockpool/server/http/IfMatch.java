package io.rockpool.server.http;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * {@code If-Match}: change it only if it is still what I saw. The entity tag of a thing is its
 * generation, in quotes.
 *
 * @param value {@code *}, or one or more quoted tags with commas between them
 */
public record IfMatch(String value) implements Header {
  private static final Pattern TAG = Pattern.compile("\\s*(?:W/)?\"[^\"]*\"\\s*");

  public IfMatch {
    if (!value.equals("*") && !isTags(value)) {
      throw new IllegalArgumentException(
          "must be *, or the ETag of an earlier answer with its quotes");
    }
  }

  /** Tag by tag: one pattern for all of a long list would overflow the stack. */
  private static boolean isTags(String value) {
    var tag = TAG.matcher(value);
    while (tag.lookingAt() && tag.end() < value.length()) {
      if (value.charAt(tag.end()) != ',') {
        return false;
      }
      tag.region(tag.end() + 1, value.length());
    }
    return tag.lookingAt();
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
