package io.rockpool.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class OpenApiTest {
  private static final List<Route<?, ?>> ROUTES =
      OpenApi.described("Ponds", "1", PondRoutes.of(new PondRoutes.Work() {}));
  private static final JsonNode DOCUMENT =
      Json.MAPPER.readTree(OpenApi.document("Ponds", "1", ROUTES));

  @Test
  void the_same_table_gives_the_same_text() {
    var reversed = new ArrayList<>(ROUTES).reversed();

    assertThat(OpenApi.document("Ponds", "1", reversed))
        .isEqualTo(OpenApi.document("Ponds", "1", ROUTES))
        .startsWith("{\n  \"openapi\": \"3.1.0\",\n")
        .endsWith("}\n");
  }

  @Test
  void every_route_is_described() {
    var ids = new TreeSet<String>();
    DOCUMENT
        .path("paths")
        .values()
        .forEach(path -> path.values().forEach(it -> ids.add(it.path("operationId").asString(""))));

    assertThat(ids)
        .containsExactly(
            "deletePondsById",
            "getOpenapiJson",
            "getPonds",
            "getPondsById",
            "patchPondsById",
            "postPonds",
            "postPondsByIdStir");
  }

  @Test
  void every_reference_leads_somewhere() {
    var references = new TreeSet<String>();
    collect(DOCUMENT, references);

    assertThat(references)
        .isNotEmpty()
        .allSatisfy(it -> assertThat(DOCUMENT.at(it.substring(1)).isMissingNode()).isFalse());
  }

  private static void collect(JsonNode node, Set<String> references) {
    if (node.path("$ref").isString()) {
      references.add(node.path("$ref").asString());
    }
    node.values().forEach(it -> collect(it, references));
  }

  @Test
  void a_request_is_divided_into_parameters_and_a_body() {
    var patch = DOCUMENT.at("/paths/~1api~1v1~1ponds~1{id}/patch");

    assertThat(patch.path("parameters").values().stream().map(it -> it.path("name").asString("")))
        .containsExactly("id", "If-Match");
    assertThat(body(patch).toString())
        .isEqualTo(
            "{\"type\":\"object\",\"properties\":{\"fish\":{\"type\":\"integer\",\"format\":\"int32\"}},\"additionalProperties\":false}");
    assertThat(patch.at("/requestBody/required").asBoolean()).isFalse();
  }

  @Test
  void a_body_requires_what_is_not_optional() {
    var schema = body(DOCUMENT.at("/paths/~1api~1v1~1ponds/post"));

    assertThat(schema.path("required").toString()).isEqualTo("[\"name\",\"fish\"]");
    assertThat(schema.at("/properties/water").toString())
        .isEqualTo("{\"type\":\"string\",\"enum\":[\"fresh\",\"salt_water\"]}");
    assertThat(schema.at("/properties/gate/writeOnly").asBoolean()).isTrue();
    assertThat(schema.at("/properties/size/$ref").asString(""))
        .isEqualTo("#/components/schemas/Pond.Size");
  }

  private static JsonNode body(JsonNode operation) {
    var reference = operation.at("/requestBody/content/application~1json/schema/$ref");
    return DOCUMENT.at(reference.asString("").substring(1));
  }

  @Test
  void query_parameters_know_their_range() {
    var parameters = DOCUMENT.at("/paths/~1api~1v1~1ponds/get/parameters");

    assertThat(parameters.values())
        .anySatisfy(it ->
            assertThat(it.toString())
                .isEqualTo(
                    "{\"name\":\"limit\",\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}}"));
  }

  @Test
  void answers_and_problems_are_told_by_status() {
    var post = DOCUMENT.at("/paths/~1api~1v1~1ponds/post/responses");

    assertThat(post.propertyNames())
        .containsExactly(
            "202", "400", "401", "403", "408", "409", "413", "415", "422", "429", "500", "507");
    assertThat(post.at("/409/content/application~1problem+json/examples").propertyNames())
        .containsExactly("conflict", "idempotency-key-in-use");
    assertThat(post.at("/202/headers").propertyNames()).containsExactly("Location");
  }

  @Test
  void a_live_route_offers_a_stream() {
    var content = DOCUMENT.at("/paths/~1api~1v1~1ponds~1{id}/get/responses/200/content");

    assertThat(content.propertyNames()).containsExactly("application/json", "text/event-stream");
    assertThat(content.at("/text~1event-stream/x-rockpool-event-data/$ref").asString(""))
        .isEqualTo("#/components/schemas/Pond.Splash");
    assertThat(DOCUMENT.at("/components/schemas/Pond.Splash").isObject()).isTrue();
  }

  @Test
  void only_public_routes_need_no_login() {
    assertThat(DOCUMENT.at("/paths/~1api~1v1~1ponds~1{id}~1stir/post/security").toString())
        .isEqualTo("[]");
    assertThat(DOCUMENT.at("/paths/~1api~1v1~1ponds/get/security").toString())
        .isEqualTo("[{\"bearer\":[]}]");
  }

  @Test
  void an_answer_fits_its_schema() {
    var schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Schemas.generator(false).generateSchema(PondRoutes.Pond.class));

    assertThat(schema.validate(Json.MAPPER.valueToTree(PondRoutes.pond("ada", 3)))).isEmpty();
  }

  @Test
  void the_description_is_served_to_everybody() {
    try (var served = new Served(ROUTES)) {
      var answer = served.send(served.request("/openapi.json").setHeader("Authorization", ""));

      assertThat(Served.json(answer)).isEqualTo(DOCUMENT);
    }
  }
}
