package io.rockpool.server.http;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeType;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a route's request record from what was received: gathers path, headers, query and body into
 * one object, checks that against the record's schema, and only then binds it. The schema comes
 * first because a mapper alone lets missing numbers pass as 0, nulls as absent and text as numbers.
 */
final class RequestReader<Q extends Record> {
  /** What became of it. */
  sealed interface Reading<Q> {}

  record Good<Q>(Q request) implements Reading<Q> {}

  record Bad<Q>(Problem problem) implements Reading<Q> {}

  /**
   * What was received.
   *
   * @param variables the path's, decoded
   * @param query every parameter, decoded, with its values in order
   * @param body empty where none was sent
   */
  record Received(
      Map<String, String> variables,
      Map<String, List<String>> query,
      Login.Headers headers,
      ByteBuffer body) {}

  private static final int MOST_ERRORS = 20;
  private static final int LONGEST_POINTER = 200;
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,30}");
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,30}(\\.[0-9]{1,30})?");
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          it ->
              it.schemaRegistryConfig(
                  SchemaRegistryConfig.builder()
                      .pathType(PathType.JSON_POINTER)
                      .locale(Locale.ROOT)
                      .build()));

  private final Class<Q> type;
  private final List<RecordComponent> headers;
  private final Map<String, RecordComponent> fields = new HashMap<>();
  private final Map<String, RecordComponent> inPath = new HashMap<>();
  private final boolean hasBody;
  private final Schema schema;

  RequestReader(Route<Q, ?> route) {
    this.type = route.request();
    var variables = Route.variables(route.path());
    this.headers = route.headers();
    this.hasBody = route.hasBody();
    route.fields().forEach(it -> fields.put(it.getName(), it));
    for (var component : type.getRecordComponents()) {
      if (variables.contains(component.getName())) {
        inPath.put(component.getName(), component);
      }
    }
    this.schema = REGISTRY.getSchema(Schemas.generator(false).generateSchema(type));
  }

  Reading<Q> read(Received received) {
    var errors = new ArrayList<Problem.Violation>();
    var object = Json.MAPPER.createObjectNode();
    if (hasBody && received.body().hasRemaining()) {
      switch (Json.parse(received.body())) {
        case Json.Broken(var detail) -> {
          return new Bad<>(Problem.Kind.BAD_JSON.detail(detail));
        }
        case Json.Tree(ObjectNode body) -> {
          for (var name : body.propertyNames()) {
            if (inPath.containsKey(name) || headers.stream().anyMatch(named(name))) {
              errors.add(violation("/" + name, "does not belong into the body"));
            }
          }
          object = body;
        }
        case Json.Tree _ -> {
          return new Bad<>(Problem.invalid("", "must be an object"));
        }
      }
    }
    query(received, object, errors);
    for (var variable : inPath.values()) {
      var value = received.variables().getOrDefault(variable.getName(), "");
      object.set(variable.getName(), scalar(variable.getGenericType(), value));
    }
    for (var header : headers) {
      var name = Route.headerName(Route.erased(header.getGenericType()));
      object.remove(header.getName());
      var value = received.headers().first(name);
      if (value.isPresent()) {
        object.putObject(header.getName()).put("value", value.get());
      } else if (!Route.optional(header)) {
        errors.add(violation("/" + header.getName(), "is required: send the header " + name));
      }
    }
    withoutNul("", object, errors);
    for (var error : schema.validate(object)) {
      if (errors.size() >= MOST_ERRORS) {
        break;
      }
      // a missing header has been told in its own words
      if (headers.stream().noneMatch(named(error.getProperty()))) {
        errors.add(violation(error));
      }
    }
    return errors.isEmpty()
        ? bind(object)
        : new Bad<>(Problem.invalid(errors.subList(0, Math.min(errors.size(), MOST_ERRORS))));
  }

  /** No text of ours has one, and PostgreSQL keeps none. */
  private static void withoutNul(String at, JsonNode node, List<Problem.Violation> errors) {
    if (node.isString() && node.stringValue().indexOf('\0') >= 0) {
      errors.add(violation(at, "has the character NUL (U+0000): leave it out"));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        withoutNul(at + "/" + i, node.path(i), errors);
      }
    } else if (node.isObject()) {
      for (var member : node.properties()) {
        var name = pointed(member.getKey());
        if (name.indexOf('\0') >= 0) {
          errors.add(violation(at, "has a member whose name has the character NUL (U+0000)"));
        }
        withoutNul(at + "/" + name, member.getValue(), errors);
      }
    }
  }

  private static Predicate<RecordComponent> named(@Nullable String name) {
    return it -> it.getName().equals(name);
  }

  private void query(Received received, ObjectNode object, List<Problem.Violation> errors) {
    received
        .query()
        .forEach((name, values) -> {
          var field = fields.get(name);
          if (hasBody || field == null) {
            errors.add(violation("/" + pointed(name), "is not a query parameter here"));
          } else if (Route.erased(field.getGenericType()) == List.class) {
            var list = object.putArray(name);
            values.forEach(it -> list.add(scalar(element(field.getGenericType()), it)));
          } else if (values.size() > 1) {
            errors.add(violation("/" + name, "must be given once"));
          } else {
            object.set(name, scalar(field.getGenericType(), values.getFirst()));
          }
        });
    if (!hasBody) {
      // no parameter is an empty list
      fields.values().stream()
          .filter(it -> it.getType() == List.class && !object.has(it.getName()))
          .forEach(it -> object.putArray(it.getName()));
    }
  }

  private static Type element(Type list) {
    return list instanceof ParameterizedType it
        ? it.getRawType() == Optional.class
            ? element(it.getActualTypeArguments()[0])
            : it.getActualTypeArguments()[0]
        : String.class;
  }

  /** Text as the JSON that its type wants, or as text, which the schema then refuses. */
  private static JsonNode scalar(Type type, String text) {
    var nodes = Json.MAPPER.getNodeFactory();
    var wanted = Route.erased(type);
    if (wanted == boolean.class || wanted == Boolean.class) {
      return switch (text) {
        case "true" -> nodes.booleanNode(true);
        case "false" -> nodes.booleanNode(false);
        default -> nodes.stringNode(text);
      };
    }
    var whole =
        wanted == int.class
            || wanted == Integer.class
            || wanted == long.class
            || wanted == Long.class
            || wanted == Limit.class;
    var number = whole || wanted == double.class || wanted == Double.class;
    return number && (whole ? WHOLE : DECIMAL).matcher(text).matches()
        ? Json.MAPPER.readTree(text.replaceFirst("^(-?)0+(?=[0-9])", "$1"))
        : nodes.stringNode(text);
  }

  private Reading<Q> bind(ObjectNode object) {
    try {
      return new Good<>(Json.BINDER.treeToValue(object, type));
    } catch (JacksonException e) {
      var pointer = new StringBuilder();
      for (var step : e.getPath()) {
        pointer
            .append('/')
            .append(
                step.getPropertyName() == null
                    ? Integer.toString(step.getIndex())
                    : pointed(step.getPropertyName()));
      }
      return new Bad<>(Problem.invalid(List.of(violation(pointer.toString(), reason(e)))));
    }
  }

  /** What the record's own check says, or what every other failure to bind comes down to. */
  private static String reason(JacksonException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof IllegalArgumentException && cause.getMessage() != null) {
        return cause.getMessage();
      }
    }
    return "is not a value of this type, or out of its range";
  }

  private static Problem.Violation violation(Error error) {
    var at = error.getInstanceLocation().toString();
    var node = error.getInstanceNode();
    return switch (error.getKeyword()) {
      case "required" ->
          violation(at + "/" + pointed(String.valueOf(error.getProperty())), "is required");
      case "additionalProperties" ->
          violation(at + "/" + pointed(String.valueOf(error.getProperty())), "is not known here");
      case "type" -> {
        var wanted = error.getSchemaNode();
        yield violation(
            at,
            wanted.isString()
                ? "must be %s, not %s".formatted(wanted.asString(), kind(node))
                : "must not be %s".formatted(kind(node)));
      }
      case "enum" -> violation(at, "must be one of " + error.getSchemaNode());
      case "minimum" -> violation(at, "must be %s or more".formatted(error.getSchemaNode()));
      case "maximum" -> violation(at, "must be %s or less".formatted(error.getSchemaNode()));
      default -> violation(at, "does not fit its schema (%s)".formatted(error.getKeyword()));
    };
  }

  private static String kind(JsonNode node) {
    return node.getNodeType() == JsonNodeType.NUMBER
        ? node.isIntegralNumber() ? "integer" : "number"
        : node.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  private static String pointed(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static Problem.Violation violation(String pointer, String message) {
    return new Problem.Violation(
        pointer.length() > LONGEST_POINTER ? pointer.substring(0, LONGEST_POINTER) : pointer,
        message);
  }
}
