package io.rockpool.channel.generic;

import io.rockpool.channel.StrictJson;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Where in JSON a text stands: at the first of some pointers (RFC 6901) that leads to one. A
 * pointer goes on into a text that is itself JSON.
 */
record Spot(List<String> pointers) {
  Spot {
    pointers = List.copyOf(pointers);
    for (var pointer : pointers) {
      if (!pointer.startsWith("/")) {
        throw new IllegalArgumentException("a JSON pointer begins with /, not " + pointer);
      }
    }
  }

  static Spot at(String... pointers) {
    return new Spot(List.of(pointers));
  }

  /** The text there; empty if there is none. */
  String in(JsonNode json) {
    for (var pointer : pointers) {
      var found = follow(json, pointer);
      if (found.isString() && !found.stringValue().isEmpty()) {
        return found.stringValue();
      }
    }
    return "";
  }

  private static JsonNode follow(JsonNode json, String pointer) {
    var node = json;
    for (var name : pointer.substring(1).split("/", -1)) {
      if (node.isString()) {
        node = StrictJson.object(node.stringValue()).orElseGet(StrictJson::write);
      }
      node = node.path(name.replace("~1", "/").replace("~0", "~"));
    }
    return node;
  }

  /** A text that stands there and is one of these. */
  record Says(Spot spot, List<String> values) {
    Says {
      values = List.copyOf(values);
    }

    boolean in(JsonNode json) {
      return values.contains(spot.in(json));
    }
  }

  Says says(String... values) {
    return new Says(this, List.of(values));
  }
}
