package io.rockpool.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** How people read what the API says about instances. */
final class InstanceWords {
  /** A list as a table; says so if it is empty. */
  static String list(JsonNode answer) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("ID", "NAME", "STATUS", "RUNTIME", "PLAN", "CREATED"));
    for (var instance : answer.path("items")) {
      rows.add(
          List.of(
              text(instance, "id"),
              text(instance, "name"),
              text(instance, "status"),
              text(instance, "runtime"),
              text(instance, "plan"),
              text(instance, "createdAt")));
    }
    return rows.size() == 1
        ? "There are no instances. Create one: rockpool instances create"
        : Screen.table(rows);
  }

  /** Everything about one instance, without its configuration. */
  static String one(JsonNode instance) {
    var rows = new ArrayList<List<String>>();
    for (var field : List.of("id", "name", "status")) {
      add(rows, field, text(instance, field));
    }
    if (instance.path("progress").isNumber()) {
      add(rows, "progress", instance.path("progress").asString("") + " %");
    }
    for (var field : List.of("plan", "runtime")) {
      add(rows, field, text(instance, field));
    }
    add(
        rows,
        "agents",
        StreamSupport.stream(instance.path("agents").spliterator(), false)
            .map(agent -> agent.isString() ? agent.asString("") : text(agent, "id"))
            .collect(Collectors.joining(", ")));
    for (var field : List.of("generation", "createdAt", "updatedAt")) {
      add(rows, field, text(instance, field));
    }
    if (instance.path("expiresAt").isString()) {
      add(rows, "expiresAt", text(instance, "expiresAt"));
    }
    if (instance.path("hold").isObject()) {
      add(rows, "hold", text(instance.path("hold"), "message"));
    }
    for (var place : instance.path("placement").properties()) {
      add(rows, "placement." + place.getKey(), place.getValue().asString(""));
    }
    for (var url : instance.path("urls").properties()) {
      add(rows, "urls." + url.getKey(), url.getValue().asString(""));
    }
    for (var condition : instance.path("conditions")) {
      var holds = condition.path("status").asBoolean(false) ? "yes" : "no";
      var message = text(condition, "message");
      add(rows, text(condition, "type"), message.isEmpty() ? holds : holds + ": " + message);
    }
    return Screen.table(rows);
  }

  /** Why an instance failed: the conditions that do not hold, or a hint where to look. */
  static String failure(JsonNode instance) {
    var id = text(instance, "id");
    var reasons =
        StreamSupport.stream(instance.path("conditions").spliterator(), false)
            .filter(condition -> !condition.path("status").asBoolean(false))
            .map(condition -> text(condition, "message"))
            .filter(message -> !message.isEmpty())
            .distinct()
            .toList();
    return reasons.isEmpty()
        ? "%s failed. Its log may say why: rockpool instances logs %s".formatted(id, id)
        : "%s failed: %s".formatted(id, String.join(" ", reasons));
  }

  static String event(JsonNode event) {
    var words = new StringBuilder(text(event, "time")).append("  ");
    var progress = progress(event);
    if (!progress.isEmpty()) {
      words.append(progress).append("  ");
    }
    return words.append(text(event, "message")).toString();
  }

  /** The same without the time, for those who watch. */
  static String step(JsonNode event) {
    var progress = progress(event);
    var message = text(event, "message");
    return "  " + (progress.isEmpty() ? message : progress + "  " + message);
  }

  /** All of a page, a line each. */
  static String events(JsonNode answer) {
    return lines(answer, InstanceWords::event);
  }

  static String logs(JsonNode answer) {
    return lines(answer, item -> text(item, "line"));
  }

  /** The field as text; empty if it is not there. */
  static String text(JsonNode node, String field) {
    return node.path(field).asString("");
  }

  private static String lines(JsonNode answer, Function<JsonNode, String> words) {
    return StreamSupport.stream(answer.path("items").spliterator(), false)
        .map(words)
        .collect(Collectors.joining("\n"));
  }

  private static String progress(JsonNode event) {
    return event.path("progress").isNumber()
        ? "%3d %%".formatted(event.path("progress").asInt(0))
        : "";
  }

  private static void add(List<List<String>> rows, String name, String value) {
    if (!value.isEmpty()) {
      rows.add(List.of(name, value));
    }
  }

  private InstanceWords() {}
}
