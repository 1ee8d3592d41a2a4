package io.rockpool.control.openclaw;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A schema without what cannot matter to one document: descriptions of properties that it does not
 * have. The verdict on that document is the same.
 */
final class Pruned {
  private static final Set<String> WORDS = Set.of("title", "description", "default", "examples");
  private static final Set<String> SAME_PLACE = Set.of("anyOf", "oneOf", "allOf");
  private static final Set<String> SAME_PLACE_ONE = Set.of("not", "if", "then", "else");

  static JsonNode to(JsonNode schema, JsonNode document) {
    return prune(schema, List.of(document));
  }

  private static JsonNode prune(JsonNode schema, List<JsonNode> places) {
    // A reference may point at anything below its base, so such a part stays whole.
    if (!(schema instanceof ObjectNode object) || object.has("$id") || object.has("$defs")) {
      return schema;
    }
    var pruned = object.objectNode();
    object.forEachEntry((keyword, value) -> {
      if (keyword.equals("properties") && value instanceof ObjectNode properties) {
        pruned.set(keyword, properties(properties, places));
      } else if (keyword.equals("additionalProperties") && value instanceof ObjectNode) {
        pruned.set(keyword, prune(value, children(places)));
      } else if (keyword.equals("items") && value instanceof ObjectNode) {
        pruned.set(keyword, prune(value, children(places)));
      } else if (SAME_PLACE.contains(keyword) && value instanceof ArrayNode branches) {
        var kept = pruned.putArray(keyword);
        branches.forEach(branch -> kept.add(prune(branch, places)));
      } else if (SAME_PLACE_ONE.contains(keyword)) {
        pruned.set(keyword, prune(value, places));
      } else if (!(WORDS.contains(keyword) && value.isString()) && !foreign(keyword, value)) {
        pruned.set(keyword, value);
      }
    });
    return pruned;
  }

  /**
   * A pattern of JavaScript that Java cannot read: the gateway itself is then the first to check.
   */
  private static boolean foreign(String keyword, JsonNode value) {
    if (!keyword.equals("pattern") || !value.isString()) {
      return false;
    }
    try {
      Pattern.compile(value.stringValue());
      return false;
    } catch (PatternSyntaxException _) {
      return true;
    }
  }

  private static ObjectNode properties(ObjectNode properties, List<JsonNode> places) {
    var kept = properties.objectNode();
    properties.forEachEntry((name, schema) -> {
      var found = new ArrayList<JsonNode>();
      for (var place : places) {
        var child = place instanceof ObjectNode object ? object.get(name) : null;
        if (child != null) {
          found.add(child);
        }
      }
      if (!found.isEmpty()) {
        kept.set(name, prune(schema, found));
      }
    });
    return kept;
  }

  private static List<JsonNode> children(List<JsonNode> places) {
    var children = new ArrayList<JsonNode>();
    places.forEach(place -> place.forEach(children::add));
    return children;
  }

  private Pruned() {}
}
