package io.rockpool.control.openclaw;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.rockpool.runtime.ConfigSchemaSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks OpenClaw's own schema about a configuration, before an instance has to. The schema has 2.4
 * MB, most of it about channels and plugins that a configuration does not mention: each question
 * compiles only the parts that it touches, and nothing is kept between questions.
 */
public final class ConfigSchema {
  static final int MAX_PROBLEMS = 20;

  private static final JsonMapper JSON = new JsonMapper();

  private final ConfigSchemaSource source;

  public ConfigSchema(ConfigSchemaSource source) {
    this.source = source;
  }

  /**
   * What OpenClaw would not accept, in order of path, at most 20. Empty when it accepts all, and
   * when there is no schema yet: then the gateway itself is the first to tell.
   */
  public List<ConfigProblem> problems(RenderedConfig config) {
    return source
        .configSchema()
        .map(text -> problems(text, OpenClawConfig.parse(config)))
        .orElseGet(List::of);
  }

  static List<ConfigProblem> problems(String schemaText, ObjectNode config) {
    var schema = Pruned.to(JSON.readTree(schemaText), config);
    var found = compile(schema).validate(config);
    // One problem per place: an "any of" reports each of its branches.
    var byPath = new TreeMap<String, ConfigProblem>();
    for (var error : found) {
      var path = path(error);
      byPath.putIfAbsent(path, ConfigProblem.invalid(path, message(error)));
    }
    return byPath.values().stream().limit(MAX_PROBLEMS).toList();
  }

  private static Schema compile(JsonNode schema) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7).getSchema(schema);
  }

  private static String path(Error error) {
    var keys = new ArrayList<String>();
    var location = error.getInstanceLocation();
    for (var i = 0; i < location.getNameCount(); i++) {
      keys.add(String.valueOf(location.getElement(i)));
    }
    if (error.getKeyword().equals("additionalProperties") && error.getProperty() != null) {
      keys.add(error.getProperty());
    }
    return new ConfigPath(keys).toString();
  }

  /** In our words: the library's may quote the value, and a value may be a secret. */
  private static String message(Error error) {
    return switch (error.getKeyword()) {
      case "additionalProperties" -> "OpenClaw has no such setting.";
      case "required" -> "A setting is missing here: %s.".formatted(error.getProperty());
      case "type" -> "This must be of another type: %s.".formatted(wanted(error, "type"));
      case "enum" -> "Choose one of %s.".formatted(wanted(error, "enum"));
      case "const" -> "This must be one of the values that OpenClaw knows.";
      case "anyOf", "oneOf" -> "OpenClaw does not take this value.";
      case "minimum", "exclusiveMinimum", "minLength", "minItems" ->
          "This is too small or too short.";
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems" ->
          "This is too large or too long.";
      case "pattern", "format" -> "This text does not have the form that OpenClaw wants.";
      case "propertyNames" -> "A name in here does not have the form that OpenClaw wants.";
      case String other -> "OpenClaw does not take this value (rule: %s).".formatted(other);
    };
  }

  /** From the schema, never from the configuration. */
  private static String wanted(Error error, String keyword) {
    var node = error.getSchemaNode();
    var rule = node instanceof ObjectNode object ? object.get(keyword) : node;
    var text = rule == null ? "see OpenClaw's documentation" : rule.toString().replace("\"", "");
    return text.length() <= 200 ? text : text.substring(0, 200) + " …";
  }
}
