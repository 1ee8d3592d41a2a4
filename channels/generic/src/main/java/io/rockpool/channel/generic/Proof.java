package io.rockpool.channel.generic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a platform proves that it sent a body.
 *
 * @param header with the signature, as it is written
 * @param prefix before the signature itself, e.g. {@code sha256=}; empty for none
 * @param signed what is hashed: any text with {@code {body}}, and {@code {timestamp}}, {@code
 *     {nonce}} and {@code {secret}} where they belong
 * @param stamp says when it was sent; empty where nothing does, so that it is good for ever
 */
record Proof(
    String header,
    Algorithm algorithm,
    Encoding encoding,
    String prefix,
    String signed,
    Optional<Stamp> stamp) {
  enum Algorithm {
    /** Of a text that has the secret in it. */
    SHA_256,
    /** With the secret as the key. */
    HMAC_SHA_256
  }

  enum Encoding {
    /** Lower case. */
    HEX,
    /** With padding. */
    BASE64
  }

  /**
   * When a request was sent.
   *
   * @param timestamp the header with it, in seconds since 1970
   * @param nonce a header with a value that each request has another of; empty for none
   * @param window how far it may be from now, before or after
   */
  record Stamp(String timestamp, String nonce, Duration window) {}

  /** A part of what is signed. */
  sealed interface Part {
    record Text(String text) implements Part {}

    /** By its name in the template. */
    enum Value implements Part {
      TIMESTAMP,
      NONCE,
      SECRET,
      BODY
    }
  }

  private static final Pattern VALUE = Pattern.compile("\\{(timestamp|nonce|secret|body)}");

  Proof {
    var parts = parts(signed);
    boolean isDated = parts.contains(Part.Value.TIMESTAMP);
    if (!parts.contains(Part.Value.BODY)) {
      throw new IllegalArgumentException("a signature of anything but the body proves nothing");
    }
    if (isDated != stamp.isPresent()) {
      throw new IllegalArgumentException("a timestamp that is not signed can be any");
    }
    if (parts.contains(Part.Value.SECRET) != (algorithm == Algorithm.SHA_256)) {
      throw new IllegalArgumentException("the secret is in what is hashed, or its key");
    }
  }

  List<Part> parts() {
    return parts(signed);
  }

  private static List<Part> parts(String signed) {
    var parts = new ArrayList<Part>();
    Matcher found = VALUE.matcher(signed);
    int end = 0;
    while (found.find()) {
      if (found.start() > end) {
        parts.add(new Part.Text(signed.substring(end, found.start())));
      }
      parts.add(
          switch (found.group(1)) {
            case "timestamp" -> Part.Value.TIMESTAMP;
            case "nonce" -> Part.Value.NONCE;
            case "secret" -> Part.Value.SECRET;
            default -> Part.Value.BODY;
          });
      end = found.end();
    }
    if (end < signed.length()) {
      parts.add(new Part.Text(signed.substring(end)));
    }
    return parts;
  }
}
