package io.rockpool.server.http;

import com.fasterxml.classmate.ResolvedType;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.generator.impl.DefinitionKey;
import com.github.victools.jsonschema.generator.naming.SchemaDefinitionNamingStrategy;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON Schemas (draft 2020-12) of records, as {@link Json} reads and writes them: every component
 * is required unless it is Optional, null is nowhere allowed, and neither is an unknown member.
 */
final class Schemas {
  /**
   * A generator for one document.
   *
   * @param shared whether every record gets a definition of its own, to be referred to
   */
  static SchemaGenerator generator(boolean shared) {
    var config =
        new SchemaGeneratorConfigBuilder(
                Json.MAPPER, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
            .with(
                Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT,
                Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES,
                Option.EXTRA_OPEN_API_FORMAT_VALUES,
                Option.PLAIN_DEFINITION_KEYS)
            .without(
                Option.SCHEMA_VERSION_INDICATOR, Option.FLATTENED_OPTIONALS); // would allow null
    if (shared) {
      config.with(Option.DEFINITIONS_FOR_ALL_OBJECTS);
    }
    config
        .forFields()
        .withTargetTypeOverridesResolver(field ->
            field.getType() != null && field.getType().getErasedType() == Optional.class
                ? field.getType().getTypeParameters()
                : null)
        .withRequiredCheck(field -> field.getDeclaredType().getErasedType() != Optional.class);
    config
        .forTypesInGeneral()
        .withPropertySorter((_, _) -> 0) // as declared
        .withCustomDefinitionProvider(Schemas::value)
        .withDefinitionNamingStrategy(new Names());
    return new SchemaGenerator(config.build());
  }

  /** Types that are one JSON value though they are not to Java. */
  private static @Nullable CustomDefinition value(
      ResolvedType type, SchemaGenerationContext context) {
    var node = value(type.getErasedType());
    return node == null
        ? null
        : new CustomDefinition(
            node, CustomDefinition.INLINE_DEFINITION, CustomDefinition.EXCLUDING_ATTRIBUTES);
  }

  private static @Nullable ObjectNode value(Class<?> type) {
    var node = Json.MAPPER.createObjectNode();
    if (type.isEnum()) {
      var names = node.put("type", "string").putArray("enum");
      Arrays.stream(type.getEnumConstants())
          .map(it -> ((Enum<?>) it).name().toLowerCase(Locale.ROOT))
          .forEach(names::add);
      return node;
    }
    if (type == Instant.class) {
      return node.put("type", "string").put("format", "date-time");
    }
    if (type == Duration.class) {
      return node.put("type", "string").put("format", "duration");
    }
    if (type == URI.class) {
      return node.put("type", "string").put("format", "uri-reference");
    }
    if (type == Secret.class) {
      return node.put("type", "string").put("format", "password").put("writeOnly", true);
    }
    if (type == Cursor.class) {
      return node.put("type", "string")
          .put("description", "the 'next' of an earlier answer; opaque");
    }
    if (type == Limit.class) {
      return node.put("type", "integer")
          .put("minimum", 1)
          .put("maximum", Limit.MOST)
          .put("default", Limit.DEFAULT.value());
    }
    if (type == ObjectNode.class) {
      return node.put("type", "object");
    }
    if (JsonNode.class.isAssignableFrom(type)) {
      var types = node.putArray("type"); // anything but null
      List.of("object", "array", "string", "number", "boolean").forEach(types::add);
      return node;
    }
    return null;
  }

  /**
   * {@code Instance.Stop} for the record Stop in InstanceRoutes: what a definition is called must
   * not depend on which others there are.
   */
  private static final class Names implements SchemaDefinitionNamingStrategy {
    @Override
    public String getDefinitionNameForKey(DefinitionKey key, SchemaGenerationContext context) {
      return name(key.getType());
    }

    private static String name(ResolvedType type) {
      var parameters =
          type.getTypeParameters().stream().map(Names::name).collect(Collectors.joining("-"));
      var name = name(type.getErasedType());
      return parameters.isEmpty() ? name : name + "-" + parameters;
    }

    private static String name(Class<?> type) {
      var outer = type.getEnclosingClass();
      return outer == null
          ? type.getSimpleName()
          : name(outer).replaceFirst("Routes$", "") + "." + type.getSimpleName();
    }

    @Override
    public void adjustDuplicateNames(
        Map<DefinitionKey, String> names, SchemaGenerationContext context) {
      if (names.size() < 2) {
        return; // victools asks about every name
      }
      throw new IllegalArgumentException(
          "two records are called %s in the API: rename one of %s"
              .formatted(
                  names.values().iterator().next(),
                  names.keySet().stream()
                      .map(it -> it.getType().getErasedType().getName())
                      .sorted()
                      .toList()));
    }
  }

  private Schemas() {}
}
