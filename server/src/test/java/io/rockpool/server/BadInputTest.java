package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong is told precisely, and nothing is changed by it. */
@Timeout(40)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  private static final String ALL = "/api/v1/instances";

  /** One wrong request: {@code ID} stands for an instance that runs. */
  record Row(
      String name,
      String method,
      String path,
      String body,
      int status,
      String problem,
      @Nullable String part) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Row> rows =
      List.of(
          create("an unknown member", "{\"color\": \"red\"}", 422, "invalid-request", "/color"),
          create("a member that is null", "{\"name\": null}", 422, "invalid-request", "/name"),
          create("a number for a name", "{\"name\": 7}", 422, "invalid-request", "/name"),
          create("a text for agents", "{\"agents\": \"a\"}", 422, "invalid-request", "/agents"),
          create("a list for a config", "{\"config\": []}", 422, "invalid-request", "/config"),
          create("a list", "[]", 422, "invalid-request", ""),
          create("no JSON", "{\"name\": ", 400, "bad-json", null),
          create("two values", "{} {}", 400, "bad-json", null),
          create("a member twice", "{\"name\": \"a\", \"name\": \"b\"}", 400, "bad-json", null),
          create(
              "deep nesting",
              "{\"config\":" + "{\"a\":".repeat(40) + "1" + "}".repeat(41),
              400,
              "bad-json",
              null),
          create(
              "a nesting that is too deep for settings",
              "{\"config\":" + "{\"a\":".repeat(20) + "1" + "}".repeat(21),
              422,
              "invalid-config",
              "/config"),
          create("too much", "{\"name\": \"" + "x".repeat(1 << 20) + "\"}", 413, "too-large", null),
          create(
              "too much for settings",
              "{\"config\": {\"messages\": {\"ackReaction\": \"" + "x".repeat(70_000) + "\"}}}",
              422,
              "invalid-config",
              "/config"),
          create("an unknown plan", "{\"plan\": \"gold\"}", 422, "unknown-plan", "/plan"),
          create("an unknown runtime", "{\"runtime\": \"vm\"}", 422, "unknown-runtime", "/runtime"),
          create("an unknown agent", "{\"agents\": [\"nobody\"]}", 422, "unknown-agent", "/agents"),
          create(
              "an agent twice",
              "{\"agents\": [\"ops\", \"ops\"]}",
              422,
              "invalid-request",
              "/agents"),
          create("an empty name", "{\"name\": \" \"}", 422, "invalid-request", "/name"),
          create(
              "a name that is too long",
              "{\"name\": \"" + "é".repeat(81) + "\"}",
              422,
              "invalid-request",
              "/name"),
          create(
              "a control character", "{\"name\": \"a\\u0007\"}", 422, "invalid-request", "/name"),
          create("a NUL", "{\"name\": \"a\\u0000\"}", 422, "invalid-request", "/name"),
          create(
              "a NUL deep within",
              "{\"config\": {\"messages\": {\"ackReaction\": [\"\\u0000\"]}}}",
              422,
              "invalid-request",
              "/config/messages/ackReaction/0"),
          create(
              "a locked key",
              "{\"config\": {\"gateway\": {\"auth\": {\"mode\": \"none\"}}}}",
              422,
              "locked-config-key",
              "/config/gateway/auth/mode"),
          create(
              "a variable",
              "{\"config\": {\"messages\": {\"ackReaction\": \"${HOME}\"}}}",
              422,
              "invalid-config",
              "/config/messages/ackReaction"),
          create(
              "an include",
              "{\"config\": {\"$include\": \"/etc/passwd\"}}",
              422,
              "locked-config-key",
              "/config/$include"),
          new Row("an unknown id", "GET", ALL + "/nobody", "", 404, "unknown-instance", null),
          new Row("an id that is none", "GET", ALL + "/No_Body", "", 404, "unknown-instance", null),
          new Row(
              "an endless id",
              "GET",
              ALL + "/" + "x".repeat(300),
              "",
              404,
              "unknown-instance",
              null),
          new Row(
              "stopping what is not there",
              "POST",
              ALL + "/nobody/stop",
              "{}",
              404,
              "unknown-instance",
              null),
          new Row(
              "an unknown id of a deployment",
              "GET",
              "/api/deploy/nobody/status",
              "",
              404,
              "unknown-instance",
              null),
          new Row(
              "deleting a deployment that is not there",
              "DELETE",
              "/api/deploy/nobody",
              "",
              404,
              "unknown-instance",
              null),
          new Row(
              "a limit of nothing", "GET", ALL + "?limit=0", "", 422, "invalid-request", "/limit"),
          new Row(
              "a limit that is no number",
              "GET",
              ALL + "?limit=many",
              "",
              422,
              "invalid-request",
              "/limit"),
          new Row(
              "a cursor that is none",
              "GET",
              ALL + "?cursor=abc",
              "",
              422,
              "invalid-request",
              "/cursor"),
          new Row(
              "an unknown parameter",
              "GET",
              ALL + "?color=red",
              "",
              422,
              "invalid-request",
              "/color"),
          new Row(
              "a patch without config",
              "PATCH",
              ALL + "/ID/config",
              "{}",
              422,
              "invalid-request",
              "/config"),
          new Row(
              "a patch that is a list",
              "PATCH",
              ALL + "/ID/config",
              "{\"config\": [1]}",
              422,
              "invalid-request",
              "/config"),
          new Row(
              "a locked patch",
              "PATCH",
              ALL + "/ID/config",
              "{\"config\": {\"logging\": {\"file\": \"/x\"}}}",
              422,
              "locked-config-key",
              "/config/logging/file"),
          new Row(
              "a member that a verb does not have",
              "POST",
              ALL + "/ID/stop",
              "{\"force\": true}",
              422,
              "invalid-request",
              "/force"),
          new Row(
              "a message without a text",
              "POST",
              ALL + "/ID/messages",
              "{}",
              422,
              "invalid-request",
              "/text"),
          new Row(
              "a message with a number",
              "POST",
              ALL + "/ID/messages",
              "{\"text\": 1}",
              422,
              "invalid-request",
              "/text"),
          new Row(
              "a deployment of an unknown plan",
              "POST",
              "/api/deploy/create",
              "{\"plan\": \"gold\"}",
              422,
              "invalid-request",
              "/plan"),
          new Row(
              "a deployment for too long a name",
              "POST",
              "/api/deploy/create",
              "{\"userId\": \"" + "x".repeat(81) + "\"}",
              422,
              "invalid-request",
              "/userId"),
          new Row("a path that is none", "GET", "/api/v1/pools", "", 404, "not-found", null),
          new Row("a method that is none", "PUT", ALL, "{}", 405, "method-not-allowed", null),
          new Row("a method of another path", "DELETE", ALL, "", 405, "method-not-allowed", null));

  private static Row create(
      String name, String body, int status, String problem, @Nullable String part) {
    return new Row(name, "POST", ALL, body, status, problem, part);
  }

  private final GatewayDouble gateway = new GatewayDouble();
  private TestServer server;
  private String id;

  @BeforeAll
  void open(@TempDir Path folder) {
    server = TestServer.on(folder, TestServer.ground(gateway));
    id = server.running("{}");
  }

  @AfterAll
  void close() {
    server.close();
    gateway.close();
  }

  @ParameterizedTest
  @FieldSource("rows")
  void is_told_and_changes_nothing(Row row) {
    var before = server.rows();

    var answer =
        server.send(
            row.body().isEmpty()
                ? server.request(row.path()).method(row.method(), BodyPublishers.noBody())
                : withBody(server.request(row.path().replace("ID", id)), row.method(), row.body()));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(row.status());
    assertThat(problem(answer)).isEqualTo(row.problem());
    assertThat(json(answer).path("detail").asString("")).isNotBlank();
    if (row.part() != null) {
      assertThat(json(answer).path("errors").findValuesAsString("pointer")).contains(row.part());
    }
    assertThat(answer.headers().firstValue("X-Request-Id")).isPresent();
    assertThat(server.rows()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/instances",
        "POST /api/v1/instances",
        "GET /api/v1/instances/ID",
        "DELETE /api/v1/instances/ID",
        "PATCH /api/v1/instances/ID/config",
        "POST /api/v1/instances/ID/start",
        "POST /api/v1/instances/ID/stop",
        "POST /api/v1/instances/ID/restart",
        "POST /api/v1/instances/ID/messages",
        "GET /api/v1/instances/ID/events",
        "GET /api/v1/instances/ID/logs",
        "POST /api/deploy/create",
        "GET /api/deploy/ID/status",
        "DELETE /api/deploy/ID"
      })
  void nobody_does_anything_without_a_valid_token(String route) {
    var before = server.rows();
    var words = route.replace("ID", id).split(" ", 2);

    for (var authorization : List.of("", "Bearer wrong", "Basic " + server.token, "Bearer ")) {
      var request = HttpRequest.newBuilder(server.at(words[1]));
      if (!authorization.isEmpty()) {
        request.header("Authorization", authorization);
      }
      var answer =
          server.send(words[0].equals("GET") ? request : withBody(request, words[0], "{}"));

      assertThat(answer.statusCode()).as(authorization).isEqualTo(401);
      assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
      assertThat(problem(answer)).isEqualTo("unauthorized");
    }
    assertThat(server.rows()).isEqualTo(before);
  }

  @Test
  void what_is_not_plain_json_is_not_read() {
    for (var type :
        List.of(
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin1")) {
      var answer =
          server.send(
              server.request(ALL).header("Content-Type", type).POST(BodyPublishers.ofString("{}")));
      assertThat(answer.statusCode()).as(type).isEqualTo(415);
      assertThat(problem(answer)).isEqualTo("unsupported-media-type");
    }
    assertThat(server.rows()).hasSize(1);
  }

  @Test
  void a_method_that_a_path_does_not_have_is_told_the_ones_it_has() {
    var answer = server.send(withBody(server.request(ALL + "/" + id), "PUT", "{}"));

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow").orElse("")).contains("GET", "DELETE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "W", "\"1", "1\""})
  void an_entity_tag_has_quotes(String tag) {
    var before = server.rows();

    var answer = server.send(server.request(ALL + "/" + id).header("If-Match", tag).DELETE());

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(json(answer).path("errors").findValuesAsString("pointer"))
        .containsExactly("/ifMatch");
    assertThat(server.rows()).isEqualTo(before);
  }
}
