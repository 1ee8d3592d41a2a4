package io.rockpool.control.openclaw;

import tools.jackson.databind.node.ObjectNode;

/** JSON merge patch (RFC 7396) on objects: objects merge, null deletes, all else replaces. */
final class MergePatch {
  /** A new object; neither argument is changed or shared. */
  static ObjectNode apply(ObjectNode target, ObjectNode patch) {
    var merged = target.deepCopy();
    patch.forEachEntry((key, value) -> {
      if (value.isNull()) {
        merged.remove(key);
      } else if (value instanceof ObjectNode child) {
        var old = merged.get(key) instanceof ObjectNode object ? object : merged.objectNode();
        merged.set(key, apply(old, child));
      } else {
        merged.set(key, value.deepCopy());
      }
    });
    return merged;
  }

  /**
   * The part of {@code patch} that does something to {@code target}: a null where nothing is would
   * only leave an empty branch behind.
   */
  static ObjectNode effective(ObjectNode target, ObjectNode patch) {
    var effective = patch.objectNode();
    patch.forEachEntry((key, value) -> {
      var old = target.get(key);
      if (value instanceof ObjectNode child && !child.isEmpty()) {
        var below = old instanceof ObjectNode object ? object : target.objectNode();
        var rest = effective(below, child);
        if (!rest.isEmpty()) {
          effective.set(key, rest);
        }
      } else if (!value.isNull() || old != null) {
        effective.set(key, value);
      }
    });
    return effective;
  }

  private MergePatch() {}
}
