package io.rockpool.server.http;

import static io.rockpool.server.http.Served.json;
import static io.rockpool.server.http.Served.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.account.Actor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteHandlerTest {
  private static final String POND = "{\"name\":\"ada\",\"fish\":3}";

  private final AtomicReference<String> seen = new AtomicReference<>("");
  private final Served served =
      new Served(
          PondRoutes.of(
              new PondRoutes.Work() {
                @Override
                public Reply<PondRoutes.Pond> create(Actor actor, PondRoutes.Create request) {
                  if (request.name().equals("bug")) {
                    throw new IllegalStateException("the secret cause");
                  }
                  seen.set(Actor.current() + " " + RequestId.CURRENT.get() + " " + request);
                  return PondRoutes.Work.super.create(actor, request);
                }
              }));

  @AfterEach
  void stop() {
    served.close();
  }

  @Test
  void long_work_answers_202_with_its_place() {
    var answer = served.post("/api/v1/ponds", POND);

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.headers().firstValue("Location")).contains("/api/v1/ponds/ada");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body())
        .isEqualTo(
            "{\"id\":\"ada\",\"name\":\"ada\",\"fish\":3,\"water\":\"salt_water\",\"since\":\"2026-11-20T08:00:00Z\",\"warm\":\"PT1H30M\"}");
  }

  @Test
  void the_work_knows_who_acts_and_in_which_request() {
    served.send(served.json("/api/v1/ponds", POND).header("X-Request-Id", "r-1"));

    assertThat(seen.get()).startsWith("User[accountId=ada] r-1 Create[name=ada, fish=3");
  }

  @Test
  void every_answer_says_what_browsers_and_logs_need() {
    var answers =
        List.of(
            served.get("/api/v1/ponds/ada"),
            served.get("/api/nowhere"),
            served.post("/api/v1/ponds", "{"));

    assertThat(answers)
        .allSatisfy(it -> {
          assertThat(it.headers().firstValue("X-Request-Id").orElse("")).matches("[0-9a-f]{16}");
          assertThat(it.headers().firstValue("Cache-Control")).contains("no-store");
          assertThat(it.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
          assertThat(it.headers().map().keySet())
              .noneMatch(name -> name.startsWith("access-control"));
        });
  }

  @ParameterizedTest
  @CsvSource({"abc-1, true", "has space, false", "drop;table, false"})
  void a_request_id_is_taken_over_if_it_is_harmless(String id, boolean taken) {
    var answer = served.send(served.request("/api/v1/ponds").header("X-Request-Id", id));

    assertThat(answer.headers().firstValue("X-Request-Id").orElse("").equals(id)).isEqualTo(taken);
  }

  @Test
  void no_login_is_401_and_says_how() {
    var answer =
        served.send(
            HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + served.port() + "/api/v1/ponds")));

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertThat(problem(answer)).isEqualTo("unauthorized");
  }

  @Test
  void a_scope_that_is_too_small_is_403() {
    var answer =
        served.send(served.json("/api/v1/ponds", POND).setHeader("Authorization", "Bearer reader"));

    assertThat(answer.statusCode()).isEqualTo(403);
  }

  @Test
  void a_public_route_asks_nobody_and_ignores_keys() {
    var answer =
        served.send(
            served
                .request("/api/v1/ponds/a/stir")
                .setHeader("Authorization", "")
                .header("Idempotency-Key", "k")
                .POST(HttpRequest.BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void unknown_paths_under_the_prefix_are_problems_and_others_are_left_alone() {
    assertThat(problem(served.get("/api/v1/nowhere"))).isEqualTo("not-found");
    assertThat(problem(served.get("/elsewhere"))).isEqualTo("not-found"); // the server's own page
    assertThat(served.get("/elsewhere").headers().firstValue("X-Request-Id")).isEmpty();
  }

  @Test
  void a_wrong_method_is_told_the_right_ones() {
    var answer =
        served.send(served.request("/api/v1/ponds/ada").PUT(HttpRequest.BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("DELETE, GET, HEAD, OPTIONS, PATCH");
  }

  @Test
  void options_tells_the_methods() {
    var answer =
        served.send(
            served.request("/api/v1/ponds").method("OPTIONS", HttpRequest.BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS, POST");
  }

  @Test
  void head_is_get_without_the_body() {
    var got = served.get("/api/v1/ponds/ada");

    var answer = served.send(served.request("/api/v1/ponds/ada").HEAD());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.headers().firstValue("Content-Length"))
        .contains(Integer.toString(got.body().length()));
    assertThat(answer.headers().firstValue("ETag")).contains("\"7\"");
  }

  @Test
  void a_refusal_is_a_problem() {
    var answer = served.get("/api/v1/ponds/none");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(json(answer).path("detail").asString("")).contains("'none'");
  }

  @ParameterizedTest
  @CsvSource({"'\"7\"', 200", "*, 200", "'\"6\", \"7\"', 200", "'\"6\"', 412", "7, 422"})
  void a_change_names_what_it_changes(String ifMatch, int status) {
    var answer =
        served.send(
            served
                .request("/api/v1/ponds/ada")
                .header("If-Match", ifMatch)
                .header("Content-Type", "application/json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString("{\"fish\":5}")));

    assertThat(answer.statusCode()).isEqualTo(status);
  }

  @Test
  void a_missing_declared_header_is_named() {
    var answer =
        served.send(
            served
                .request("/api/v1/ponds/ada")
                .header("Content-Type", "application/json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString("{}")));

    assertThat(json(answer).path("errors"))
        .isEqualTo(
            Json.MAPPER.readTree(
                "[{\"pointer\":\"/ifMatch\",\"message\":\"is required: send the header If-Match\"}]"));
  }

  @ParameterizedTest
  @CsvSource({"a%20b, a b", "%E4%B8%96, 世", "a+b, a+b", "a%2bb, a+b", "a%22b, a\"b"})
  void path_variables_are_decoded_once(String sent, String id) {
    assertThat(json(served.get("/api/v1/ponds/" + sent)).path("id").asString("")).isEqualTo(id);
  }

  @Test
  void a_bug_is_an_incident_without_its_cause() {
    var answer = served.post("/api/v1/ponds", "{\"name\":\"bug\",\"fish\":3}");

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(problem(answer)).isEqualTo("internal");
    assertThat(answer.body()).containsPattern("incident [0-9a-f]{8};").doesNotContain("secret");
  }

  @Test
  void a_long_body_is_413_with_and_without_a_declared_length() throws IOException {
    var large = "{\"name\":\"" + "x".repeat(1 << 20) + "\",\"fish\":3}";

    var declared = served.post("/api/v1/ponds", large);
    var chunked =
        served.raw(
            """
            POST /api/v1/ponds HTTP/1.1
            Host: a
            Connection: close
            Authorization: Bearer ada
            Content-Type: application/json
            Transfer-Encoding: chunked

            """,
            ("100001\r\n" + "x".repeat(0x100001) + "\r\n0\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));

    assertThat(declared.statusCode()).isEqualTo(413);
    assertThat(chunked).startsWith("HTTP/1.1 413 ").contains("urn:rockpool:problem:too-large");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        "application/jsonp"
      })
  void other_content_types_are_415(String type) {
    var answer = served.send(served.json("/api/v1/ponds", POND).setHeader("Content-Type", type));

    assertThat(answer.statusCode()).isEqualTo(415);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON; charset=\"UTF-8\"",
        "application/json; v=1"
      })
  void json_in_utf8_is_read(String type) {
    var answer = served.send(served.json("/api/v1/ponds", POND).setHeader("Content-Type", type));

    assertThat(answer.statusCode()).isEqualTo(202);
  }

  @Test
  void a_compressed_body_is_never_unpacked() throws IOException {
    var bomb = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bomb)) {
      gzip.write(new byte[4 << 20]);
    }

    var answer =
        served.send(
            served
                .request("/api/v1/ponds")
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bomb.toByteArray())));

    assertThat(answer.statusCode()).isEqualTo(415);
  }

  @Test
  void a_body_that_stops_arriving_is_408() throws IOException {
    served.idleTimeout(Duration.ofMillis(500));

    var answer =
        served.raw(
            """
            POST /api/v1/ponds HTTP/1.1
            Host: a
            Connection: close
            Authorization: Bearer ada
            Content-Type: application/json
            Content-Length: 100

            {"name":
            """);

    assertThat(answer).startsWith("HTTP/1.1 408 ").contains("urn:rockpool:problem:request-timeout");
  }

  @Test
  void a_body_before_the_login_is_not_waited_for() throws IOException {
    var answer =
        served.raw(
            """
            POST /api/v1/ponds HTTP/1.1
            Host: a
            Content-Type: application/json
            Content-Length: 100
            Connection: close

            """);

    assertThat(answer).startsWith("HTTP/1.1 401 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/ponds/%zz HTTP/1.1\nHost: a\nConnection: close\n\n",
        "GET /api/v1/ponds/a%2525 HTTP/1.1\nHost: a\nConnection: close\n\n",
        "GET /api/v1/ponds/a%2Fb HTTP/1.1\nHost: a\nConnection: close\n\n",
        "GET /api/v1/ponds?limit=%ff HTTP/1.1\nHost: a\nAuthorization: Bearer ada\nConnection: close\n\n",
        "POST /api/v1/ponds HTTP/1.1\nHost: a\nContent-Length: 1\nTransfer-Encoding: chunked\nConnection: close\n\n",
      })
  void broken_http_is_400_in_json(String request) throws IOException {
    var answer = served.raw(request);

    assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContain("<html").doesNotContain("\tat ");
  }

  @Test
  void the_query_is_converted_to_the_types_of_the_record() {
    var cursor = new Cursor(5, "ada");

    var answer =
        served.get(
            "/api/v1/ponds?water=salt_water&warm=true&label=a&label=b&limit=7&cursor="
                + cursor.text());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).path("next").asString("")).isEqualTo(cursor.text());
  }
}
