package io.rockpool.control.openclaw;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Where two configurations differ: the deepest paths, lists taken whole as OpenClaw does. */
final class ChangedPaths {
  static List<ConfigPath> between(ObjectNode before, ObjectNode after) {
    var changed = new TreeSet<ConfigPath>();
    collect(ConfigPath.ROOT, before, after, changed);
    return List.copyOf(changed);
  }

  private static void collect(
      ConfigPath above, ObjectNode before, ObjectNode after, SortedSet<ConfigPath> changed) {
    var keys = new TreeSet<>(before.propertyNames());
    keys.addAll(after.propertyNames());
    for (var key : keys) {
      var path = above.child(key);
      var old = before.get(key);
      var now = after.get(key);
      // A whole branch that came or went counts leaf by leaf: its leaves may follow several rules.
      if (branch(old, now) && branch(now, old)) {
        collect(path, object(old), object(now), changed);
      } else if (old == null || !old.equals(now)) {
        changed.add(path);
      }
    }
  }

  private static boolean branch(@Nullable JsonNode node, @Nullable JsonNode other) {
    return node == null
        ? other instanceof ObjectNode object && !object.isEmpty()
        : node instanceof ObjectNode;
  }

  private static ObjectNode object(@Nullable JsonNode node) {
    return node instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
  }

  private ChangedPaths() {}
}
