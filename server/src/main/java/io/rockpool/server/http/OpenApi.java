package io.rockpool.server.http;

import com.github.victools.jsonschema.generator.SchemaBuilder;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Describes a route table as OpenAPI 3.1. The same table always gives the same text. */
public final class OpenApi {
  private static final String SCHEMAS = "#/components/schemas/";
  private static final String EXAMPLES = "#/components/examples/";

  /** The routes and one more, {@code GET /openapi.json}, which describes them and itself. */
  public static List<Route<?, ?>> described(
      String title, String version, List<Route<?, ?>> routes) {
    // what it describes of itself does not depend on what it answers
    var all = with(routes, Json.MAPPER.createObjectNode());
    return with(routes, tree(title, version, all));
  }

  private static List<Route<?, ?>> with(List<Route<?, ?>> routes, JsonNode document) {
    var all = new ArrayList<>(routes);
    all.add(
        new Route<>(
            Route.Method.GET,
            "/openapi.json",
            "This description of the API.",
            Route.Nothing.class,
            JsonNode.class,
            Set.of(),
            Route.Scope.PUBLIC,
            (_, _) -> new Reply.Ok<>(document)));
    return List.copyOf(all);
  }

  /** The description: JSON with an indent of two blanks and one line end at its end. */
  public static String document(String title, String version, List<Route<?, ?>> routes) {
    var indenter = new DefaultIndenter("  ", "\n");
    var separators =
        Separators.createDefaultInstance()
            .withObjectNameValueSpacing(Separators.Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    var printer =
        new DefaultPrettyPrinter(separators)
            .withObjectIndenter(indenter)
            .withArrayIndenter(indenter);
    return Json.MAPPER.writer().with(printer).writeValueAsString(tree(title, version, routes))
        + "\n";
  }

  private static ObjectNode tree(String title, String version, List<Route<?, ?>> routes) {
    RouteTable.check(routes);
    return new OpenApi().describe(title, version, routes);
  }

  /** A route with references to the schemas of its records, which are known later. */
  private record Draft(Route<?, ?> route, JsonNode request, JsonNode answer, JsonNode event) {}

  private final SchemaBuilder schemas = Schemas.generator(true).buildMultipleSchemaDefinitions();

  private ObjectNode describe(String title, String version, List<Route<?, ?>> routes) {
    // victools fills its references in at the end, when all definitions are known
    var drafts = new ArrayList<Draft>();
    for (var route : routes) {
      var live = route.live();
      drafts.add(
          new Draft(
              route,
              schemas.createSchemaReference(route.request()),
              schemas.createSchemaReference(route.answer()),
              live == null
                  ? Json.MAPPER.missingNode()
                  : schemas.createSchemaReference(live.event())));
    }
    var definitions = schemas.collectDefinitions("components/schemas");

    var root = Json.MAPPER.createObjectNode();
    root.put("openapi", "3.1.0");
    root.putObject("info").put("title", title).put("version", version);
    var paths = root.putObject("paths");
    var bodies = new TreeMap<String, ObjectNode>();
    drafts.sort(
        Comparator.comparing((Draft it) -> it.route().path())
            .thenComparing(it -> it.route().method()));
    for (var draft : drafts) {
      paths
          .withObjectProperty(draft.route().path())
          .set(
              lower(draft.route().method()),
              operation(
                  draft.route(),
                  resolve(draft.request(), definitions),
                  draft.answer(),
                  draft.event(),
                  bodies));
    }
    var components = root.putObject("components");
    components
        .putObject("securitySchemes")
        .putObject("bearer")
        .put("type", "http")
        .put("scheme", "bearer");
    var examples = components.putObject("examples");
    for (var kind : Problem.Kind.values()) {
      var example = kind.detail("What happened here, and what to do.");
      examples.putObject(kind.slug()).put("summary", kind.title()).set("value", example.json());
    }
    components.set("schemas", used(root, definitions, bodies));
    return root;
  }

  private static ObjectNode resolve(JsonNode schema, ObjectNode definitions) {
    var reference = schema.path("$ref").asString("");
    return (ObjectNode)
        (reference.isEmpty() ? schema : definitions.path(reference.substring(SCHEMAS.length())));
  }

  private static ObjectNode operation(
      Route<?, ?> route,
      ObjectNode request,
      JsonNode answer,
      JsonNode event,
      Map<String, ObjectNode> bodies) {
    var operation = Json.MAPPER.createObjectNode();
    operation.put("operationId", route.operationId()).put("summary", route.summary());
    var security = operation.putArray("security");
    if (route.scope() != Route.Scope.PUBLIC) {
      security.addObject().putArray("bearer");
      operation.put("x-rockpool-scope", lower(route.scope()));
    }
    var parameters = Json.MAPPER.createArrayNode();
    var properties = request.path("properties");
    var variables = Route.variables(route.path());
    for (var component : route.request().getRecordComponents()) {
      if (variables.contains(component.getName())) {
        parameters.add(parameter("path", component.getName(), component, properties));
      }
    }
    for (var header : route.headers()) {
      if (Route.erased(header.getGenericType()) == Accept.class) {
        continue; // said by what is answered; as a parameter it would be ignored
      }
      var name = Route.headerName(Route.erased(header.getGenericType()));
      parameters
          .addObject()
          .put("name", name)
          .put("in", "header")
          .put("required", !Route.optional(header))
          .putObject("schema")
          .put("type", "string");
    }
    if (route.idempotent()) {
      parameters
          .addObject()
          .put("name", IdempotentCalls.HEADER)
          .put("in", "header")
          .put("required", false)
          .put(
              "description",
              "The same key and request get the same answer for %d hours."
                  .formatted(IdempotencyStore.KEPT.toHours()))
          .putObject("schema")
          .put("type", "string")
          .put("minLength", 1)
          .put("maxLength", 255);
    }
    if (route.hasBody()) {
      body(route, request, bodies, operation);
    } else {
      for (var field : route.fields()) {
        var required = !Route.optional(field) && field.getType() != List.class;
        var parameter = parameter("query", field.getName(), field, properties);
        parameter.put("required", required);
        parameters.add(parameter);
      }
    }
    if (!parameters.isEmpty()) {
      operation.set("parameters", parameters);
    }
    operation.set("responses", responses(route, answer, event));
    return operation;
  }

  private static ObjectNode parameter(
      String in, String name, RecordComponent component, JsonNode properties) {
    var parameter = Json.MAPPER.createObjectNode();
    parameter.put("name", name).put("in", in).put("required", !Route.optional(component));
    parameter.set("schema", properties.path(name));
    return parameter;
  }

  private static void body(
      Route<?, ?> route, ObjectNode request, Map<String, ObjectNode> bodies, ObjectNode operation) {
    var fields =
        route.fields().stream()
            .map(RecordComponent::getName)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    if (fields.isEmpty()) {
      return;
    }
    var schema = Json.MAPPER.createObjectNode().put("type", "object");
    var properties = schema.putObject("properties");
    fields.forEach(it -> properties.set(it, request.path("properties").path(it)));
    var required = Json.MAPPER.createArrayNode();
    request.path("required").values().stream()
        .filter(it -> fields.contains(it.asString()))
        .forEach(required::add);
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    schema.put("additionalProperties", false);
    var name = capitalised(route.operationId()) + "Body";
    bodies.put(name, schema);
    var body = operation.putObject("requestBody");
    body.put("required", !required.isEmpty());
    body.putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", SCHEMAS + name);
  }

  private static ObjectNode responses(Route<?, ?> route, JsonNode answer, JsonNode event) {
    var responses = Json.MAPPER.createObjectNode();
    for (var success : route.answers()) {
      var response = responses.putObject(Integer.toString(success.status()));
      response.put("description", description(success));
      var headers = Json.MAPPER.createObjectNode();
      if (success == Route.Success.CREATED || success == Route.Success.ACCEPTED) {
        headers
            .putObject("Location")
            .putObject("schema")
            .put("type", "string")
            .put("format", "uri-reference");
        response.set("headers", headers);
      }
      if (success == Route.Success.NO_CONTENT) {
        continue;
      }
      var content = response.putObject("content");
      content.putObject("application/json").set("schema", answer);
      if (success == Route.Success.OK) {
        for (var type : route.files()) {
          content.putObject(type).putObject("schema").put("type", "string").put("format", "binary");
        }
      }
      if (success == Route.Success.OK && route.live() != null) {
        var stream = content.putObject("text/event-stream");
        stream.putObject("schema").put("type", "string");
        stream.set("x-rockpool-event-data", event);
      }
    }
    var byStatus = new TreeMap<Integer, Set<Problem.Kind>>();
    var kinds = EnumSet.copyOf(route.refusals());
    kinds.addAll(route.problems());
    for (var kind : kinds) {
      byStatus.computeIfAbsent(kind.status(), _ -> EnumSet.noneOf(Problem.Kind.class)).add(kind);
    }
    byStatus.forEach((status, those) -> {
      var response = responses.putObject(Integer.toString(status));
      response.put(
          "description",
          those.stream().map(Problem.Kind::title).collect(Collectors.joining(". ")) + ".");
      if (those.stream().anyMatch(it -> it.detail("").retryAfter() != null)) {
        response
            .putObject("headers")
            .putObject("Retry-After")
            .put("description", "seconds")
            .putObject("schema")
            .put("type", "integer");
      }
      var content = response.putObject("content").putObject("application/problem+json");
      content.putObject("schema").put("$ref", SCHEMAS + "Problem");
      var examples = content.putObject("examples");
      for (var kind : those) {
        examples.putObject(kind.slug()).put("$ref", EXAMPLES + kind.slug());
      }
    });
    return responses;
  }

  private static String description(Route.Success success) {
    return switch (success) {
      case OK -> "Done.";
      case CREATED -> "It exists now.";
      case ACCEPTED -> "Begun. Location tells how it goes.";
      case NO_CONTENT -> "Done; there is nothing to tell.";
    };
  }

  /** The definitions that something refers to, in the order of their names. */
  private static ObjectNode used(
      ObjectNode root, ObjectNode definitions, Map<String, ObjectNode> bodies) {
    var all = new TreeMap<String, JsonNode>(bodies);
    definitions.properties().forEach(it -> all.put(it.getKey(), it.getValue()));
    all.put("Problem", problem());
    var reached = new TreeMap<String, JsonNode>();
    reach(root, all, reached);
    var node = Json.MAPPER.createObjectNode();
    reached.forEach(node::set);
    return node;
  }

  private static void reach(
      JsonNode node, Map<String, JsonNode> all, Map<String, JsonNode> reached) {
    var reference = node.path("$ref").asString("");
    if (reference.startsWith(SCHEMAS)) {
      var name = reference.substring(SCHEMAS.length());
      var schema = all.get(name);
      if (schema != null && reached.putIfAbsent(name, schema) == null) {
        reach(schema, all, reached);
      }
    }
    node.values().forEach(it -> reach(it, all, reached));
  }

  private static ObjectNode problem() {
    var schema = Json.MAPPER.createObjectNode();
    schema.put("type", "object").put("description", "RFC 9457; docs/reference/problems.md");
    var properties = schema.putObject("properties");
    properties.putObject("type").put("type", "string").put("format", "uri");
    properties.putObject("title").put("type", "string");
    properties.putObject("status").put("type", "integer");
    properties.putObject("detail").put("type", "string");
    var errors = properties.putObject("errors").put("type", "array").putObject("items");
    errors.put("type", "object");
    var parts = errors.putObject("properties");
    parts.putObject("pointer").put("type", "string");
    parts.putObject("message").put("type", "string");
    errors.putArray("required").add("pointer").add("message");
    schema.putArray("required").add("type").add("title").add("status").add("detail");
    return schema;
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static String capitalised(String id) {
    return id.substring(0, 1).toUpperCase(Locale.ROOT) + id.substring(1);
  }

  private OpenApi() {}
}
