package io.rockpool.control.openclaw;

import java.util.random.RandomGenerator;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON for tests: written with single quotes, or drawn. */
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
          .enable(JsonReadFeature.ALLOW_UNQUOTED_PROPERTY_NAMES)
          .build();

  static ObjectNode object(String text) {
    return (ObjectNode) MAPPER.readTree(text);
  }

  /** Few keys, so that two of them overlap often. */
  static ObjectNode drawn(RandomGenerator random, boolean nulls) {
    return (ObjectNode) drawn(random, 3, nulls, true);
  }

  private static JsonNode drawn(RandomGenerator random, int depth, boolean nulls, boolean object) {
    var make = JsonNodeFactory.instance;
    if (object || (depth > 0 && random.nextInt(3) > 0)) {
      var node = make.objectNode();
      for (var i = random.nextInt(4); i > 0; i--) {
        var key = String.valueOf("abcd".charAt(random.nextInt(4)));
        node.set(key, drawn(random, depth - 1, nulls, false));
      }
      return node;
    }
    return switch (random.nextInt(nulls ? 4 : 3)) {
      case 0 -> make.numberNode(random.nextInt(3));
      case 1 -> make.stringNode(Drawn.text(random, "xy", 2));
      case 2 -> make.arrayNode().add(random.nextInt(2));
      default -> make.nullNode();
    };
  }

  private Json() {}
}
