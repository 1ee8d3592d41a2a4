package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstancesCommandTest {
  private static final String ADA =
      """
      {"id":"ada","name":"Ada","plan":"small","runtime":"process","agents":["main"],
       "status":"STATUS","progress":40,"generation":2,"createdAt":"2026-11-20T08:00:00Z",
       "conditions":[{"type":"Placed","status":true,"reason":"Started","message":"pid 7"},
                     {"type":"Answers","status":false,"reason":"Timeout","message":"No answer on the gateway's port."}],
       "placement":{"driver":"process","pid":7},
       "urls":{"dashboard":"http://127.0.0.1:3000/i/ada/"},
       "config":{"session":{"dmScope":"main"}},"somethingNew":1}\
      """;

  @TempDir Path home;
  private ApiDouble api = ApiDouble.closed();
  private Shell shell = new Shell(Path.of("unset"));

  @BeforeEach
  void open() throws IOException {
    api = new ApiDouble();
    shell = new Shell(home).with("ROCKPOOL_URL", api.url()).with("ROCKPOOL_TOKEN", "t0ken");
  }

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void a_list_is_a_table() {
    api.json("GET", "/api/v1/instances", 200, "{\"items\":[%s]}".formatted(ada("running")));

    var ran = shell.run("instances", "list");

    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .isEqualTo(
            """
            ID   NAME  STATUS   RUNTIME  PLAN   CREATED
            ada  Ada   running  process  small  2026-11-20T08:00:00Z
            """);
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void a_list_that_goes_on_says_how() {
    api.json("GET", "/api/v1/instances", 200, "{\"items\":[],\"next\":\"c2\"}");

    var ran = shell.run("instances", "list", "--limit", "5", "--cursor", "c/1");

    assertThat(ran.err()).isEqualTo("There is more: --cursor c2\n");
    assertThat(api.asked("GET", "/api/v1/instances?limit=5&cursor=c%2F1")).isNotNull();
  }

  @Test
  void json_is_the_body_as_it_came() {
    var body = "{ \"items\" : [ ] }";
    api.json("GET", "/api/v1/instances", 200, body);

    assertThat(shell.run("instances", "list", "--json").out()).isEqualTo(body + "\n");
  }

  @Test
  void creating_shows_progress_and_prints_the_id_when_it_answers() {
    api.json("POST", "/api/v1/instances", 202, ada("provisioning"));
    api.json("GET", "/api/v1/instances/ada", 200, ada("provisioning"));
    api.stream(
        "GET",
        "/api/v1/instances/ada/events",
        "event: event\nid: 1\ndata: {\"progress\":40,\"message\":\"Fetching OpenClaw\"}");

    var creation =
        shell.start("instances", "create", "--name", "Ada", "--agents", "main,work", "--plan", "s");
    await().untilAsserted(() -> assertThat(creation.err()).isNotEmpty());
    api.json("GET", "/api/v1/instances/ada", 200, ada("running"));

    assertThat(creation.end())
        .isEqualTo(new Shell.Ran(0, "ada\n", "   40 %  Fetching OpenClaw\nada answers.\n"));
    var asked = api.asked("POST", "/api/v1/instances");
    assertThat(asked.body())
        .isEqualTo("{\"name\":\"Ada\",\"plan\":\"s\",\"agents\":[\"main\",\"work\"]}");
    assertThat(asked.header("Idempotency-Key")).isPresent();
    assertThat(asked.header("Authorization")).contains("Bearer t0ken");
  }

  @Test
  void a_broken_connection_creates_no_second_instance() {
    api.hangUp("POST", "/api/v1/instances");
    api.json("POST", "/api/v1/instances", 202, ada("provisioning"));

    var ran = shell.run("instances", "create", "--no-wait");

    assertThat(ran).isEqualTo(new Shell.Ran(0, "ada\n", ""));
    assertThat(api.asked()).extracting(it -> it.header("Idempotency-Key")).hasSize(2);
    assertThat(api.asked().get(1).header("Idempotency-Key"))
        .isPresent()
        .isEqualTo(api.asked().get(0).header("Idempotency-Key"));
  }

  @Test
  void creating_without_waiting_asks_nothing_more() {
    api.json("POST", "/api/v1/instances", 202, ada("provisioning"));

    var ran = shell.run("instances", "create", "--no-wait");

    assertThat(ran).isEqualTo(new Shell.Ran(0, "ada\n", ""));
    assertThat(api.asked()).hasSize(1);
  }

  @Test
  void waiting_can_be_asked_for_by_name() {
    api.json("POST", "/api/v1/instances", 202, ada("provisioning"));
    api.json("GET", "/api/v1/instances/ada", 200, ada("running"));

    assertThat(shell.run("instances", "create", "--wait").err()).isEqualTo("ada answers.\n");
  }

  @Test
  void settings_come_from_a_file_or_from_standard_input() throws IOException {
    api.json("POST", "/api/v1/instances", 202, ada("provisioning"));
    var file = Files.writeString(home.resolve("c.json"), "{\"a\":1}");

    shell.run("instances", "create", "--no-wait", "--config", file.toString());
    shell.piping("{\"b\":\n2}").run("instances", "create", "--no-wait", "--config", "-");

    assertThat(api.asked())
        .extracting(ApiDouble.Asked::body)
        .containsExactly("{\"config\":{\"a\":1}}", "{\"config\":{\"b\":2}}");
  }

  @Test
  void an_instance_that_fails_says_why() {
    api.json("POST", "/api/v1/instances", 202, ada("provisioning"));
    api.json("GET", "/api/v1/instances/ada", 200, ada("failed"));

    var ran = shell.run("instances", "create");

    assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).isEqualTo("ada failed: No answer on the gateway's port.\n");
  }

  @Test
  void an_instance_that_is_late_is_not_ready_in_time() {
    api.json("POST", "/api/v1/instances", 202, ada("provisioning"));
    api.json("GET", "/api/v1/instances/ada", 200, ada("provisioning"));

    var ran = shell.run("instances", "create", "--timeout", "0s");

    assertThat(ran.code()).isEqualTo(ExitCode.NOT_READY_IN_TIME);
    assertThat(ran.out()).isEqualTo("ada\n");
    assertThat(ran.err())
        .isEqualTo(
            "ada is still provisioning after 0 s, and goes on. See: rockpool instances events -f"
                + " ada\n");
  }

  @Test
  void one_instance_is_shown_with_its_conditions() {
    api.json("GET", "/api/v1/instances/ada", 200, ada("running"));

    assertThat(shell.run("instances", "get", "ada").out())
        .contains(
            "status            running",
            "agents            main",
            "placement.pid     7",
            "urls.dashboard    http://127.0.0.1:3000/i/ada/",
            "Placed            yes: pid 7",
            "Answers           no: No answer on the gateway's port.");
  }

  @Test
  void a_deletion_is_asked_about_at_a_terminal() {
    api.json("DELETE", "/api/v1/instances/ada", 202, ada("deleting"));

    var no = shell.typing("n\n").run("instances", "delete", "ada");
    assertThat(api.asked()).isEmpty();
    var yes = shell.typing("y\n").run("instances", "delete", "ada");

    assertThat(no.code()).isEqualTo(ExitCode.FAILED);
    assertThat(no.err()).isEqualTo("Nothing was deleted.\n");
    assertThat(yes.code()).isZero();
    assertThat(yes.out()).endsWith("Deleting ada.\n");
  }

  @Test
  void a_script_must_say_yes_to_a_deletion() {
    api.json("DELETE", "/api/v1/instances/ada", 202, ada("deleting"));

    assertThat(shell.run("instances", "delete", "ada").code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(api.asked()).isEmpty();
    assertThat(shell.run("instances", "delete", "ada", "--yes").code()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "start,Starting ada.",
    "stop,Stopping ada. Its state is kept.",
    "restart,Restarting ada."
  })
  void a_change_is_one_post(String verb, String words) {
    api.json("POST", "/api/v1/instances/ada/" + verb, 202, ada("running"));

    var ran = shell.run("instances", verb, "ada");

    assertThat(ran).isEqualTo(new Shell.Ran(0, words + "\n", ""));
    assertThat(api.asked("POST", "/api/v1/instances/ada/" + verb).header("Idempotency-Key"))
        .isPresent();
  }

  @Test
  void logs_cannot_steer_the_terminal() {
    api.json(
        "GET",
        "/api/v1/instances/ada/logs",
        200,
        "{\"items\":[{\"line\":\"a\\u001b[2Jb\"},{\"line\":\"c\\r\"}],\"next\":\"n\"}");

    assertThat(shell.run("instances", "logs", "ada"))
        .isEqualTo(new Shell.Ran(0, "a\ufffd[2Jb\nc\n", ""));
  }

  @Test
  void following_goes_on_behind_the_last_event_when_the_stream_ends() {
    api.stream(
        "GET",
        "/api/v1/instances/ada/logs",
        "event: log\nid: 10\ndata: {\"line\":\"one\"}",
        ": awake",
        "event: log\nid: 14\ndata: {\"line\":\"two\"}");
    api.problem(
        "GET",
        "/api/v1/instances/ada/logs",
        404,
        "{\"title\":\"No such instance\",\"status\":404}");

    var ran = shell.run("instances", "logs", "-f", "ada");

    assertThat(ran)
        .isEqualTo(new Shell.Ran(ExitCode.NOT_FOUND, "one\ntwo\n", "No such instance\n"));
    assertThat(api.asked().get(0).header("Last-Event-ID")).isEmpty();
    assertThat(api.asked().get(1).header("Last-Event-ID")).contains("14");
    assertThat(api.asked().get(1).header("Accept")).contains("text/event-stream");
  }

  @Test
  void events_have_a_time_and_maybe_progress() {
    api.json(
        "GET",
        "/api/v1/instances/ada/events",
        200,
        """
        {"items":[{"id":"1","time":"2026-11-20T08:00:00Z","kind":"start","progress":5,"message":"Starting"},
                  {"id":"2","time":"2026-11-20T08:00:09Z","kind":"ready","message":"It answers"}]}\
        """);

    assertThat(shell.run("instances", "events", "ada").out())
        .isEqualTo(
            """
            2026-11-20T08:00:00Z    5 %  Starting
            2026-11-20T08:00:09Z  It answers
            """);
  }

  @Test
  void settings_are_shown_and_changed() throws IOException {
    api.json("GET", "/api/v1/instances/ada", 200, ada("running"));
    api.json("PATCH", "/api/v1/instances/ada/config", 200, "{\"requiresRestart\":true}");
    var file = Files.writeString(home.resolve("c.json"), "{\"a\":null}");

    var shown = shell.run("instances", "config", "get", "ada");
    var changed = shell.run("instances", "config", "patch", "ada", file.toString());

    assertThat(shown.out()).contains("\"dmScope\" : \"main\"");
    assertThat(changed.out()).isEqualTo("Changed. ada restarts for it.\n");
    assertThat(api.asked("PATCH", "/api/v1/instances/ada/config").body())
        .isEqualTo("{\"config\":{\"a\":null}}");
  }

  @Test
  void every_fault_of_a_request_is_told() {
    api.problem(
        "POST",
        "/api/v1/instances",
        422,
        """
        {"type":"urn:rockpool:problem:invalid","title":"Invalid request","status":422,
         "detail":"Two values are wrong.",
         "errors":[{"pointer":"/name","message":"is too long"},{"pointer":"","message":"is odd"}]}\
        """);

    var ran = shell.run("instances", "create", "--name", "x");

    assertThat(ran)
        .isEqualTo(
            new Shell.Ran(
                ExitCode.FAILED,
                "",
                """
                Invalid request: Two values are wrong.
                  /name: is too long
                  is odd
                """));
  }

  @ParameterizedTest
  @CsvSource({"401,4", "403,4", "404,3", "409,1", "429,1", "500,1", "503,5", "504,5"})
  void the_exit_code_tells_the_kind_of_problem(int status, int code) {
    api.problem(
        "GET",
        "/api/v1/instances/ada",
        status,
        "{\"title\":\"No\",\"status\":%d}".formatted(status));

    var ran = shell.run("instances", "get", "ada");

    assertThat(ran).isEqualTo(new Shell.Ran(code, "", "No\n"));
  }

  @Test
  void a_proxys_error_page_is_not_printed() {
    api.html("GET", "/api/v1/instances/ada", 502, "<html>Bad gateway</html>");

    assertThat(shell.run("instances", "get", "ada").err()).isEqualTo("HTTP status 502\n");
  }

  @Test
  void something_else_on_the_port_is_recognised() {
    api.html("GET", "/api/v1/instances/ada", 200, "<html>Hello</html>");

    assertThat(shell.run("instances", "get", "ada").err())
        .isEqualTo(
            "What answers at %s is no Rockpool (HTTP status 200). Check --server.\n"
                .formatted(api.url()));
  }

  @ParameterizedTest
  @CsvSource({
    "instances get Not/An/Id",
    "instances get ..",
    "instances",
    "instances create --timeout soon",
    "instances create --config /no/such/file",
    "instances list --server ftp://x",
    "instances list --server http://user@x",
    "instances list --token-file /no/such/file"
  })
  void what_makes_no_sense_is_wrong_usage(String line) {
    var ran = shell.run(line.split(" ", -1));

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("Usage: rockpool instances");
    assertThat(api.asked()).isEmpty();
  }

  @Test
  void a_verb_that_does_not_exist_is_wrong_usage() {
    var ran = shell.run("instances", "creat");

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("Did you mean: instances create");
  }

  private static String ada(String status) {
    return ADA.replace("STATUS", status);
  }
}
