package io.rockpool.channel.slack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** {@code application/x-www-form-urlencoded}, each name once. */
final class Form {
  private static final int MOST_FIELDS = 100;

  static Optional<Map<String, String>> read(byte[] body) {
    try {
      var fields = new HashMap<String, String>();
      var pairs =
          UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString().split("&", MOST_FIELDS + 1);
      for (var pair : pairs) {
        var parts = pair.split("=", 2);
        var value = parts.length == 2 ? URLDecoder.decode(parts[1], UTF_8) : "";
        if (fields.put(URLDecoder.decode(parts[0], UTF_8), value) != null) {
          return Optional.empty();
        }
      }
      return pairs.length > MOST_FIELDS ? Optional.empty() : Optional.of(Map.copyOf(fields));
    } catch (CharacterCodingException | IllegalArgumentException notForm) {
      return Optional.empty();
    }
  }

  private Form() {}
}
