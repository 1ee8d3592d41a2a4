package io.rockpool.control.binding;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Ten letters and digits, of which none looks like another (Crockford's base 32): fifty bits, that
 * are good for minutes.
 */
final class Code {
  private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int LENGTH = 10;
  private static final Pattern SHAPE = Pattern.compile("[0-9A-HJKMNP-TV-Z]{10}");

  /** A new one, as people see it. */
  static String fresh(RandomGenerator random) {
    var code = new StringBuilder();
    for (int i = 0; i < LENGTH; i++) {
      if (i == LENGTH / 2) {
        code.append('-');
      }
      code.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return code.toString();
  }

  /** How the database knows it, however it was typed; empty if it cannot be one. */
  static Optional<String> hash(String typed) {
    if (typed.length() > 2 * LENGTH) {
      return Optional.empty();
    }
    var code =
        typed
            .toUpperCase(Locale.ROOT)
            .replace("-", "")
            .replace('O', '0')
            .replace('I', '1')
            .replace('L', '1');
    if (!SHAPE.matcher(code).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256")
                      .digest(code.getBytes(StandardCharsets.US_ASCII))));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private Code() {}
}
