package io.rockpool.server;

import static io.rockpool.server.TestServer.id;
import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.problem;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.DriverError;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.runtime.tck.Verb;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(40)
class InstancesApiTest {
  private static final String ALL = "/api/v1/instances";

  private static final String NEEDS_RESTART =
      "{\"config\": {\"memory\": {\"search\": {\"enabled\": false}}}}";

  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private TestServer server;

  @BeforeEach
  void open() {
    server = TestServer.on(folder, ground);
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void creating_is_accepted_with_all_that_is_known_of_the_new_instance() {
    var before = Instant.now().minusSeconds(1);

    var created =
        server.post(
            ALL,
            """
            {"name": "Ada's", "plan": "pro", "agents": ["lingxi", "coder"],
             "config": {"messages": {"ackReaction": "👀"}}}
            """);

    assertThat(created.statusCode()).isEqualTo(202);
    var body = json(created);
    var id = body.path("id").asString("");
    assertThat(id).matches("[a-z0-9]{12}");
    assertThat(created.headers().firstValue("Location")).contains(ALL + "/" + id + "/events");
    assertThat(created.headers().firstValue("ETag")).contains("\"1\"");
    assertThat(body.path("name").asString()).isEqualTo("Ada's");
    assertThat(body.path("plan").asString()).isEqualTo("pro");
    assertThat(body.path("runtime").asString()).isEqualTo("fake");
    assertThat(texts(body.path("agents"))).containsExactly("lingxi", "coder");
    assertThat(body.path("status").asString()).isEqualTo("provisioning");
    assertThat(body.path("generation").asLong()).isEqualTo(1);
    assertThat(Instant.parse(body.path("createdAt").asString()))
        .isBetween(before, Instant.now().plusSeconds(1));
    assertThat(body.path("estimatedReadySeconds").asInt()).isBetween(1, 3_600);
    assertThat(body.at("/config/messages/ackReaction").asString()).isEqualTo("👀");
    var server = this.server.wiring.publicUrl().toString();
    assertThat(body.at("/urls/dashboard").asString()).isEqualTo(server + "/i/" + id + "/");
    assertThat(body.at("/urls/openai").asString()).isEqualTo(server + "/i/" + id + "/v1");
    assertThat(body.at("/urls/messages").asString())
        .isEqualTo(server + ALL + "/" + id + "/messages");
    assertThat(body.has("placement")).isFalse();
  }

  @Test
  void an_empty_wish_is_an_instance_with_every_default() {
    var id = server.create("{}");

    var body = json(server.get(ALL + "/" + id));
    assertThat(body.path("name").asString()).isEqualTo(id);
    assertThat(body.path("plan").asString()).isEqualTo("free");
    assertThat(body.path("agents")).isEmpty();
    assertThat(body.path("config")).isEmpty();
  }

  @Test
  void a_new_instance_comes_to_run_over_the_real_edge() {
    var id = server.running("{}");

    var got = server.get(ALL + "/" + id);

    assertThat(got.headers().firstValue("ETag")).contains("\"1\"");
    var body = json(got);
    assertThat(body.path("progress").asInt()).isEqualTo(100);
    assertThat(body.at("/placement/driver").asString()).isEqualTo("fake");
    assertThat(body.at("/placement/pid").asLong()).isPositive();
    assertThat(body.has("estimatedReadySeconds")).isFalse();
    assertThat(body.path("conditions").findValuesAsString("type")).contains("Ready");
    assertThat(gateway.seen)
        .anySatisfy(it -> assertThat(it.edgeHeaders()).contains("x-rockpool-edge"));
  }

  @Test
  void the_edge_passes_an_owner_on_to_the_gateway_and_keeps_the_token() {
    var id = server.running("{}");
    gateway.seen.clear();

    var answer = server.get("/i/" + id + "/anything?x=1");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(gateway.seen)
        .singleElement()
        .satisfies(it -> {
          assertThat(it.target()).contains("anything?x=1");
          assertThat(it.authorization()).isEmpty();
        });
  }

  @Test
  void a_list_is_cut_into_pages_that_new_instances_do_not_disturb() {
    var first = new ArrayList<String>();
    for (int i = 0; i < 5; i++) {
      first.add(server.create("{\"name\": \"first %d\"}".formatted(i)));
    }

    var seen = new ArrayList<String>();
    var page = json(server.get(ALL + "?limit=2"));
    seen.addAll(page.path("items").findValuesAsString("id"));
    var later = server.create("{}");
    while (page.has("next")) {
      page = json(server.get(ALL + "?limit=2&cursor=" + page.path("next").asString("")));
      seen.addAll(page.path("items").findValuesAsString("id"));
    }

    assertThat(seen).doesNotHaveDuplicates().startsWith(first.getFirst()).endsWith(later);
    assertThat(seen).containsAll(first).hasSize(6);
    assertThat(page.path("items")).isNotEmpty();
  }

  @Test
  void a_page_that_holds_the_rest_has_no_next() {
    server.create("{}");
    server.create("{}");

    assertThat(json(server.get(ALL + "?limit=2")).has("next")).isFalse();
    assertThat(json(server.get(ALL + "?limit=1")).has("next")).isTrue();
    assertThat(json(server.get(ALL)).path("items")).hasSize(2);
  }

  @Test
  void a_setting_that_the_gateway_takes_while_it_runs_needs_no_restart() {
    var id = server.running("{\"config\": {\"messages\": {\"ackReaction\": \"👀\"}}}");

    var patched =
        server.patch(
            ALL + "/" + id + "/config", "{\"config\":{\"messages\":{\"ackReaction\":\"🪸\"}}}");

    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    assertThat(patched.headers().firstValue("ETag")).contains("\"2\"");
    assertThat(json(patched).path("requiresRestart").asBoolean()).isFalse();
    assertThat(json(patched).at("/instance/config/messages/ackReaction").asString())
        .isEqualTo("🪸");
    TestServer.eventually(() ->
        assertThat(ground.configFile(id(id), "openclaw.json")).get().asString().contains("🪸"));
    assertThat(ground.starts(id(id))).isEqualTo(1);
  }

  @Test
  void a_merge_patch_adds_changes_and_removes() {
    var id =
        server.running(
            "{\"config\": {\"messages\": {\"ackReaction\": \"a\", \"ackReactionScope\": \"all\"}}}");

    var patched =
        server.patch(
            ALL + "/" + id + "/config",
            "{\"config\":{\"messages\":{\"ackReaction\":null,\"ackReactionScope\":\"direct\"},\"memory\":{\"citations\":\"off\"}}}");

    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    var config = json(server.get(ALL + "/" + id)).path("config");
    assertThat(config.at("/messages/ackReaction").isMissingNode()).isTrue();
    assertThat(config.at("/messages/ackReactionScope").asString()).isEqualTo("direct");
    assertThat(config.at("/memory/citations").asString()).isEqualTo("off");
  }

  @Test
  void a_setting_that_the_gateway_reads_at_its_start_restarts_it() {
    var id = server.running("{}");

    var patched = server.patch(ALL + "/" + id + "/config", NEEDS_RESTART);

    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    assertThat(json(patched).path("requiresRestart").asBoolean()).isTrue();
    assertThat(json(patched).at("/instance/status").asString()).isEqualTo("provisioning");
    server.awaitStatus(id, "running");
    assertThat(ground.starts(id(id))).isEqualTo(2);
  }

  @Test
  void a_change_of_what_somebody_else_changed_meanwhile_is_refused() {
    var id = server.running("{}");
    var path = ALL + "/" + id + "/config";
    var one = "{\"config\":{\"messages\":{\"ackReaction\":\"1\"}}}";
    var two = "{\"config\":{\"messages\":{\"ackReaction\":\"2\"}}}";
    assertThat(
            server
                .send(withBody(server.request(path).header("If-Match", "\"1\""), "PATCH", one))
                .statusCode())
        .isEqualTo(200);
    var rows = server.rows();

    var late =
        server.send(withBody(server.request(path).header("If-Match", "\"1\""), "PATCH", two));

    assertThat(late.statusCode()).isEqualTo(412);
    assertThat(problem(late)).isEqualTo("stale");
    assertThat(json(late).path("detail").asString()).contains("generation 2");
    assertThat(server.rows()).isEqualTo(rows);
    for (var verb : List.of("start", "stop", "restart")) {
      var stale =
          server.send(
              withBody(
                  server.request(ALL + "/" + id + "/" + verb).header("If-Match", "\"1\""),
                  "POST",
                  "{}"));
      assertThat(stale.statusCode()).as(verb).isEqualTo(412);
    }
    assertThat(
            server
                .send(server.request(ALL + "/" + id).header("If-Match", "\"1\"").DELETE())
                .statusCode())
        .isEqualTo(412);
    assertThat(server.rows()).isEqualTo(rows);
  }

  @Test
  void a_locked_setting_is_refused_by_its_pointer_and_nothing_is_changed() {
    var id = server.running("{}");
    var rows = server.rows();

    var patched =
        server.patch(
            ALL + "/" + id + "/config",
            "{\"config\":{\"messages\":{\"ackReaction\":\"x\"},\"gateway\":{\"bind\":\"lan\"}}}");

    assertThat(patched.statusCode()).isEqualTo(422);
    assertThat(problem(patched)).isEqualTo("locked-config-key");
    assertThat(json(patched).path("errors").findValuesAsString("pointer"))
        .containsExactly("/config/gateway/bind");
    assertThat(server.rows()).isEqualTo(rows);
    assertThat(ground.starts(id(id))).isEqualTo(1);
  }

  @Test
  void stop_start_and_restart_lead_where_they_say() {
    var id = server.running("{}");
    var one = ALL + "/" + id;

    var stopped = server.send(server.request(one + "/stop").POST(BodyPublishers.noBody()));
    assertThat(stopped.statusCode()).as(stopped.body()).isEqualTo(202);
    assertThat(stopped.headers().firstValue("Location")).contains(one + "/events");
    assertThat(stopped.headers().firstValue("ETag")).contains("\"2\"");
    server.awaitStatus(id, "stopped");
    assertThat(server.get("/i/" + id + "/").statusCode()).isEqualTo(409);

    assertThat(server.post(one + "/start", "{}").statusCode()).isEqualTo(202);
    server.awaitStatus(id, "running");
    assertThat(ground.starts(id(id))).isEqualTo(2);

    var restarted = server.post(one + "/restart", "{}");
    assertThat(json(restarted).path("status").asString()).isEqualTo("provisioning");
    server.awaitStatus(id, "running");
    assertThat(ground.starts(id(id))).isEqualTo(3);
  }

  @Test
  void what_is_there_already_is_not_asked_for_twice() {
    var id = server.running("{}");
    var one = ALL + "/" + id;

    assertThat(server.post(one + "/start", "{}").headers().firstValue("ETag")).contains("\"1\"");
    server.post(one + "/stop", "{}");
    server.awaitStatus(id, "stopped");

    assertThat(server.post(one + "/stop", "{}").headers().firstValue("ETag")).contains("\"2\"");
    assertThat(ground.starts(id(id))).isEqualTo(1);
  }

  @Test
  void a_destroyed_instance_is_gone_for_good() {
    var id = server.running("{}");

    var destroyed = server.delete(ALL + "/" + id);

    assertThat(destroyed.statusCode()).isEqualTo(202);
    assertThat(json(destroyed).path("status").asString()).isEqualTo("deleting");
    server.awaitGone(id);
    assertThat(problem(server.get(ALL + "/" + id))).isEqualTo("unknown-instance");
    assertThat(server.get(ALL + "/" + id + "/events").statusCode()).isEqualTo(404);
    assertThat(server.delete(ALL + "/" + id).statusCode()).isEqualTo(404);
    TestServer.eventually(
        () -> assertThat(server.get("/i/" + id + "/").statusCode()).isEqualTo(404));
    assertThat(server.rows()).isEmpty();
  }

  @Test
  void an_instance_that_its_runtime_refuses_is_given_up_and_says_why_and_a_start_tries_again() {
    ground.failNext(Verb.START, new DriverError.Refused("The disk is full: make room."));
    var id = server.create("{}");
    server.awaitStatus(id, "failed");

    assertThat(json(server.get(ALL + "/" + id)).path("conditions").findValuesAsString("message"))
        .contains("The disk is full: make room.");
    server.post(ALL + "/" + id + "/start", "{}");
    server.awaitStatus(id, "running");
  }

  @Test
  void an_instance_is_not_said_to_run_before_its_own_path_has_answered() {
    gateway.ready(false);
    var id = server.create("{}");

    TestServer.eventually(() ->
        assertThat(gateway.seen).anySatisfy(it -> assertThat(it.target()).endsWith("/readyz")));
    assertThat(server.status(id)).isEqualTo("provisioning");
    var page = server.send(server.request("/i/" + id + "/").header("Accept", "text/html").GET());
    assertThat(page.statusCode()).isEqualTo(503);
    assertThat(page.body()).contains("http-equiv=\"refresh\"");

    gateway.ready(true);
    server.awaitStatus(id, "running");
  }

  private static List<String> texts(JsonNode list) {
    return list.values().stream().map(JsonNode::asString).toList();
  }
}
