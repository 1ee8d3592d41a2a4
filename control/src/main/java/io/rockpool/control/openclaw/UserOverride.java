package io.rockpool.control.openclaw;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An owner's own settings: a merge patch on what Rockpool and the plan give, written by somebody
 * who may want to get out.
 */
public final class UserOverride {
  /** Of the JSON text in UTF-8. */
  public static final int MAX_BYTES = 64 << 10;

  /** Objects and lists within each other. */
  public static final int MAX_DEPTH = 16;

  static final int MAX_PROBLEMS = 50;

  private static final Set<String> SPECIAL_KEYS = Set.of("__proto__", "constructor", "prototype");
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(40)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** What came of reading one. */
  public sealed interface Reading {
    /** It is a JSON object within the limits. Whether it may be applied is another question. */
    record Read(ObjectNode override) implements Reading {}

    record Unreadable(ConfigProblem problem) implements Reading {}
  }

  /** Reads JSON from a stranger. Never throws for what the text holds. */
  public static Reading read(String text) {
    if (text.length() > MAX_BYTES || text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return unreadable("The settings have more than 64 KiB: leave out what you do not need.");
    }
    try {
      return JSON.readTree(text) instanceof ObjectNode object
          ? new Reading.Read(object)
          : unreadable("The settings must be one JSON object: { … }.");
    } catch (JacksonException e) {
      // Its own message may quote the text, which may hold somebody's secret.
      var where = e.getLocation();
      return unreadable(
          ("The settings are no strict JSON, name a key twice, or nest deeper than %d, at line %d,"
                  + " column %d.")
              .formatted(
                  MAX_DEPTH,
                  where == null ? 1 : Math.max(1, where.getLineNr()),
                  where == null ? 1 : Math.max(1, where.getColumnNr())));
    }
  }

  /**
   * What keeps these settings from being applied to an instance with these agents; empty when
   * nothing does. In order of path, at most 50.
   */
  static List<ConfigProblem> problems(ObjectNode override, Set<String> agents) {
    if (depth(override) > MAX_DEPTH
        || override.toString().getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return List.of(
          ConfigProblem.invalid(
              ConfigProblem.ALL,
              "The settings are too large: keep them below 64 KiB and %d levels."
                  .formatted(MAX_DEPTH)));
    }
    var problems = new ArrayList<ConfigProblem>();
    visit(ConfigPath.ROOT, override, agents, problems);
    return problems.stream()
        .sorted((a, b) -> a.path().compareTo(b.path()))
        .distinct()
        .limit(MAX_PROBLEMS)
        .toList();
  }

  private static void visit(
      ConfigPath path, JsonNode value, Set<String> agents, List<ConfigProblem> problems) {
    if (value instanceof ObjectNode object && !(object.isEmpty() && !path.keys().isEmpty())) {
      object.forEachEntry((key, child) -> visit(path.child(key), child, agents, problems));
    } else if (!path.keys().isEmpty()) {
      var rule = LockedKeys.rule(path);
      if (!rule.open()) {
        problems.add(
            ConfigProblem.locked(path.toString(), "This setting is locked. " + rule.reason()));
      } else if (!rule.values().isEmpty()
          && !(value.isString() && rule.values().contains(value.stringValue()))) {
        problems.add(
            ConfigProblem.invalid(
                path.toString(),
                "Choose one of %s.".formatted(String.join(", ", new TreeSet<>(rule.values())))));
      }
      content(path, value, problems);
    }
    keys(path, agents, problems);
  }

  /** What no value may hold, however deep: OpenClaw would read it as more than a value. */
  private static void content(ConfigPath path, JsonNode value, List<ConfigProblem> problems) {
    switch (value) {
      case ObjectNode object -> {
        if (object.has("source") && (object.has("provider") || object.has("id"))) {
          problems.add(
              ConfigProblem.locked(
                  path.toString(), "References to secrets are Rockpool's to make."));
        }
        object.forEachEntry((key, child) -> {
          keys(path.child(key), Set.of(), problems);
          content(path.child(key), child, problems);
        });
      }
      case JsonNode list when list.isArray() -> list.forEach(item -> content(path, item, problems));
      case JsonNode text when text.isString() && text.stringValue().contains("${") ->
          problems.add(
              ConfigProblem.invalid(
                  path.toString(),
                  "A text must not hold ${…}: OpenClaw would put the value of a variable there."));
      case JsonNode _ -> {}
    }
  }

  private static void keys(ConfigPath path, Set<String> agents, List<ConfigProblem> problems) {
    if (path.keys().isEmpty()) {
      return;
    }
    var key = path.keys().getLast();
    if (key.equals("$include")) {
      problems.add(ConfigProblem.locked(path.toString(), "Settings cannot include files."));
    } else if (SPECIAL_KEYS.contains(key) || key.contains("${")) {
      problems.add(ConfigProblem.invalid(path.toString(), "No setting has this name."));
    } else if (path.keys().size() == 3
        && ConfigPath.of("agents.entries.*").covers(path)
        && !agents.contains(key)) {
      problems.add(
          ConfigProblem.invalid(
              path.toString(),
              "This instance has no such agent; it has %s."
                  .formatted(String.join(", ", new TreeSet<>(agents)))));
    }
  }

  private static int depth(JsonNode node) {
    var deepest = 0;
    for (var child : node) {
      deepest = Math.max(deepest, depth(child));
    }
    return node.isContainer() ? deepest + 1 : deepest;
  }

  private static Reading unreadable(String message) {
    return new Reading.Unreadable(ConfigProblem.invalid(ConfigProblem.ALL, message));
  }

  private UserOverride() {}
}
