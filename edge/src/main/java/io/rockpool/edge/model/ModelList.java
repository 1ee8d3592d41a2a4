package io.rockpool.edge.model;

import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What models there are, in the words of a protocol. */
final class ModelList {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ModelList() {}

  static byte[] body(Dialect dialect, List<String> names) {
    var body = new LinkedHashMap<String, @Nullable Object>();
    switch (dialect) {
      case OPENAI -> {
        body.put("object", "list");
        body.put("data", names.stream().map(ModelList::openAi).toList());
      }
      case ANTHROPIC -> {
        body.put("data", names.stream().map(ModelList::anthropic).toList());
        body.put("has_more", false);
        body.put("first_id", names.isEmpty() ? null : names.getFirst());
        body.put("last_id", names.isEmpty() ? null : names.getLast());
      }
    }
    return JSON.writeValueAsBytes(body);
  }

  static byte[] one(Dialect dialect, String name) {
    return JSON.writeValueAsBytes(
        switch (dialect) {
          case OPENAI -> openAi(name);
          case ANTHROPIC -> anthropic(name);
        });
  }

  private static Object openAi(String name) {
    var model = new LinkedHashMap<String, Object>();
    model.put("id", name);
    model.put("object", "model");
    model.put("created", 0);
    model.put("owned_by", "rockpool");
    return model;
  }

  private static Object anthropic(String name) {
    var model = new LinkedHashMap<String, Object>();
    model.put("type", "model");
    model.put("id", name);
    model.put("display_name", name);
    model.put("created_at", "1970-01-01T00:00:00Z"); // unknown
    return model;
  }
}
