package io.rockpool.channel;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON that strangers wrote: UTF-8 only, each key once, nothing after it, nested no deeper
 * than {@link #DEEPEST}. What two parsers could read as two things is read as none.
 */
public final class StrictJson {
  /** Slack's blocks nest about a dozen deep, as do Telegram's replies to replies. */
  public static final int DEEPEST = 64;

  private static final int LONGEST_NUMBER = 100;
  private static final int LONGEST_NAME = 256;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(LONGEST_NUMBER)
                          .maxNameLength(LONGEST_NAME)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** The object that these bytes are; empty if they are none. */
  public static Optional<ObjectNode> object(byte[] bytes) {
    try {
      return object(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException notUtf8) {
      return Optional.empty();
    }
  }

  /** The object that this text is; empty if it is none. */
  public static Optional<ObjectNode> object(String text) {
    try {
      return JSON.readTree(text) instanceof ObjectNode object
          ? Optional.of(object)
          : Optional.empty();
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  /** An empty object, to write. */
  public static ObjectNode write() {
    return JSON.createObjectNode();
  }

  /** The text at a name; empty if there is something else, or nothing. */
  public static String text(JsonNode of, String name) {
    var node = of.path(name);
    return node.isString() ? node.stringValue() : "";
  }

  private StrictJson() {}
}
