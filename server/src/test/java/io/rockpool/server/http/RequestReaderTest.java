package io.rockpool.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.Secret;
import io.rockpool.server.http.Problem.Violation;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class RequestReaderTest {
  private static final List<Route<?, ?>> ROUTES = PondRoutes.of(new PondRoutes.Work() {});
  private static final RequestReader<?> FIND = new RequestReader<>(ROUTES.get(0));
  private static final RequestReader<?> CREATE = new RequestReader<>(ROUTES.get(1));
  private static final RequestReader<?> CHANGE = new RequestReader<>(ROUTES.get(3));

  record Row(String name, String body, List<Violation> errors) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> wrong =
      List.of(
          row("an empty body", "", "/name", "is required", "/fish", "is required"),
          row("no object", "[]", "", "must be an object"),
          row("a missing member", "{'name':'a'}", "/fish", "is required"),
          row(
              "an unknown member",
              "{'name':'a','fish':1,'x~/y':2}",
              "/x~0~1y",
              "is not known here"),
          row(
              "text for a number",
              "{'name':'a','fish':'1'}",
              "/fish",
              "must be integer, not string"),
          row("a number for text", "{'name':1,'fish':1}", "/name", "must be string, not integer"),
          row("a broken number", "{'name':'a','fish':1.5}", "/fish", "must be integer, not number"),
          row("null for text", "{'name':null,'fish':1}", "/name", "must be string, not null"),
          row(
              "null for what may be absent",
              "{'name':'a','fish':1,'warm':null}",
              "/warm",
              "must be string, not null"),
          row(
              "an unknown word",
              "{'name':'a','fish':1,'water':'FRESH'}",
              "/water",
              "must be one of [\"fresh\",\"salt_water\"]"),
          row(
              "a number beyond its type",
              "{'name':'a','fish':3000000000}",
              "/fish",
              "is not a value of this type, or out of its range"),
          row(
              "a huge number",
              "{'name':'a','fish':1e300}",
              "/fish",
              "is not a value of this type, or out of its range"),
          row(
              "no duration",
              "{'name':'a','fish':1,'warm':'soon'}",
              "/warm",
              "is not a value of this type, or out of its range"),
          row(
              "a number for a secret",
              "{'name':'a','fish':1,'gate':42}",
              "/gate",
              "must be string, not integer"),
          row(
              "deep inside",
              "{'name':'a','fish':1,'size':{'width':true,'height':1}}",
              "/size/depth",
              "is required",
              "/size/height",
              "is not known here",
              "/size/width",
              "must be integer, not boolean"),
          row(
              "a map's value",
              "{'name':'a','fish':1,'labels':{'a':1}}",
              "/labels/a",
              "must be string, not integer"),
          row("what the record refuses", "{'name':' ','fish':1}", "", "must not be blank"));

  private static Row row(String name, String body, String... errors) {
    var list =
        IntStream.range(0, errors.length / 2)
            .mapToObj(i -> new Violation(errors[2 * i], errors[2 * i + 1]))
            .toList();
    return new Row(name, body.replace('\'', '"'), list);
  }

  @ParameterizedTest
  @FieldSource("wrong")
  void names_each_wrong_part(Row row) {
    var reading = CREATE.read(body(row.body()));

    assertThat(problem(reading).status()).isEqualTo(422);
    assertThat(problem(reading).errors()).containsExactlyInAnyOrderElementsOf(row.errors());
  }

  @Test
  void a_full_body_is_bound() {
    var reading =
        CREATE.read(
            body(
                """
                {"name":"ada","fish":3,"water":"salt_water","warm":"PT5M","size":{"width":2,"depth":1},
                 "gate":"s3cret","labels":{"a":"b"},"notes":{"any":[1,null]},"more":{"a":{}}}
                """));

    assertThat(reading)
        .isEqualTo(
            new RequestReader.Good<>(
                new PondRoutes.Create(
                    "ada",
                    3,
                    Optional.of(PondRoutes.Water.SALT_WATER),
                    Optional.of(Duration.ofMinutes(5)),
                    Optional.of(new PondRoutes.Size(2, 1)),
                    Optional.of(Secret.of("s3cret")),
                    Optional.of(Map.of("a", "b")),
                    Optional.of(Json.MAPPER.readTree("{\"any\":[1,null]}")),
                    Optional.of((ObjectNode) Json.MAPPER.readTree("{\"a\":{}}")))));
  }

  @Test
  void what_is_absent_is_empty() {
    var reading = CREATE.read(body("{\"name\":\"ada\",\"fish\":3}"));

    assertThat(reading)
        .isEqualTo(
            new RequestReader.Good<>(
                new PondRoutes.Create(
                    "ada",
                    3,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())));
  }

  @Test
  void the_query_is_bound() {
    var reading =
        FIND.read(
            query(
                Map.of(
                    "warm",
                    List.of("false"),
                    "label",
                    List.of("1", "b"),
                    "limit",
                    List.of("007"))));

    assertThat(reading)
        .isEqualTo(
            new RequestReader.Good<>(
                new PondRoutes.Find(
                    Optional.empty(),
                    Optional.of(false),
                    List.of("1", "b"),
                    Optional.empty(),
                    Optional.of(new Limit(7)))));
  }

  record Query(String name, String value, Violation error) {
    @Override
    public String toString() {
      return name + "=" + value;
    }
  }

  static final List<Query> wrongQueries =
      List.of(
          new Query("limit", "0", new Violation("/limit", "must be 1 or more")),
          new Query("limit", "201", new Violation("/limit", "must be 200 or less")),
          new Query("limit", "ten", new Violation("/limit", "must be integer, not string")),
          new Query("limit", "", new Violation("/limit", "must be integer, not string")),
          new Query("warm", "yes", new Violation("/warm", "must be boolean, not string")),
          new Query("page", "2", new Violation("/page", "is not a query parameter here")),
          new Query(
              "cursor",
              "!!",
              new Violation(
                  "/cursor",
                  "is not a cursor of this API: send the 'next' of an earlier answer, or leave it out")));

  @ParameterizedTest
  @FieldSource("wrongQueries")
  void names_each_wrong_parameter(Query row) {
    var reading = FIND.read(query(Map.of(row.name(), List.of(row.value()))));

    assertThat(problem(reading).errors()).containsExactly(row.error());
  }

  @Test
  void a_parameter_is_given_once() {
    var reading = FIND.read(query(Map.of("limit", List.of("1", "2"))));

    assertThat(problem(reading).errors())
        .containsExactly(new Violation("/limit", "must be given once"));
  }

  @Test
  void the_body_cannot_give_what_the_path_and_the_headers_give() {
    var reading =
        CHANGE.read(
            new RequestReader.Received(
                Map.of("id", "ada"),
                Map.of("fish", List.of("4")),
                name -> name.equals("If-Match") ? Optional.of("\"7\"") : Optional.empty(),
                bytes("{\"id\":\"bob\",\"ifMatch\":{\"value\":\"*\"}}")));

    assertThat(problem(reading).errors())
        .containsExactlyInAnyOrder(
            new Violation("/id", "does not belong into the body"),
            new Violation("/ifMatch", "does not belong into the body"),
            new Violation("/fish", "is not a query parameter here"));
  }

  @Test
  void a_storm_of_errors_is_cut_short() {
    var body = new StringBuilder("{\"name\":\"a\",\"fish\":1");
    for (var i = 0; i < 1_000; i++) {
      body.append(",\"x").append(i).append("\":1");
    }

    var reading = CREATE.read(body(body.append('}').toString()));

    assertThat(problem(reading).errors()).hasSize(20);
  }

  @Test
  void a_storm_of_parameters_is_cut_short_too() {
    var parameters = new HashMap<String, List<String>>();
    for (var i = 0; i < 1_000; i++) {
      parameters.put("x" + i, List.of("1"));
    }

    assertThat(problem(FIND.read(query(parameters))).errors()).hasSize(20);
  }

  static Stream<Named<String>> bodies() {
    var pieces =
        List.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"name\"",
            "\"fish\"",
            "\"size\"",
            "\"é世\"",
            "1",
            "-0",
            "1e9",
            "1e400",
            "null",
            "true",
            "NaN",
            "\"",
            "\\u0000",
            "\u0000",
            " ",
            "//",
            "\ud800");
    return LongStream.range(0, 500)
        .mapToObj(seed -> {
          var random = new SplittableRandom(seed);
          var body = new StringBuilder(random.nextBoolean() ? "{\"name\":\"a\",\"fish\":" : "");
          for (var i = random.nextInt(20); i > 0; i--) {
            body.append(pieces.get(random.nextInt(pieces.size())));
          }
          return Named.of("seed " + seed, body.append(random.nextBoolean() ? "}" : "").toString());
        });
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void whatever_strangers_send_is_a_request_or_a_problem(String sent) {
    switch (CREATE.read(body(sent))) {
      case RequestReader.Good<?>(var request) ->
          assertThat(((PondRoutes.Create) request).name()).isNotBlank();
      case RequestReader.Bad<?>(var problem) -> {
        assertThat(problem.status()).isIn(400, 422);
        assertThat(problem.json().toString()).hasSizeLessThan(10_000);
      }
    }
  }

  private static RequestReader.Received body(String body) {
    return new RequestReader.Received(Map.of(), Map.of(), _ -> Optional.empty(), bytes(body));
  }

  private static RequestReader.Received query(Map<String, List<String>> query) {
    return new RequestReader.Received(Map.of(), query, _ -> Optional.empty(), bytes(""));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static Problem problem(RequestReader.Reading<?> reading) {
    return switch (reading) {
      case RequestReader.Bad<?>(var problem) -> problem;
      case RequestReader.Good<?>(var request) -> throw new AssertionError("was bound: " + request);
    };
  }
}
