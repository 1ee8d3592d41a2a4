package io.rockpool.edge.model;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.nio.charset.StandardCharsets;

/**
 * Counts tokens as OpenAI's models since GPT-4o do ({@code o200k_base}); others differ by a third
 * or so. Loaded at the first use: it takes half a second and some memory, and most servers never
 * need it.
 */
final class Tokenizer {
  private static final class Loaded {
    static final Encoding ENCODING =
        Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
  }

  private Tokenizer() {}

  /**
   * Tokens of a text.
   *
   * @param begun its beginning, or all of it
   * @param bytes of all of it, in UTF-8
   */
  static long tokens(String begun, long bytes) {
    if (begun.isEmpty()) {
      return 0;
    }
    long counted = Loaded.ENCODING.countTokensOrdinary(begun);
    long known = begun.getBytes(StandardCharsets.UTF_8).length;
    return bytes <= known ? counted : Math.ceilDiv(counted * bytes, known);
  }
}
