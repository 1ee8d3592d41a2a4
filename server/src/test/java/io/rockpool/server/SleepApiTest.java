package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation;
import io.rockpool.runtime.tck.FakeDriver;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Going to sleep and waking, through the doors that people use. */
@Timeout(60)
class SleepApiTest {
  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private final FakeDriver runtime = new FakeDriver(ground);
  private TestServer server;
  private String one;
  private String id;

  @BeforeEach
  void open() {
    server = TestServer.on(folder, ground);
    id = server.running("{}");
    one = "/api/v1/instances/" + id;
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void an_instance_is_put_to_sleep_and_says_why() {
    var answer = server.post(one + "/sleep", "{\"level\": \"dozing\"}");

    assertThat(answer.statusCode()).isEqualTo(202);
    var shown = asleep();
    assertThat(shown.path("wakes").asBoolean()).isTrue();
    assertThat(shown.at("/sleep/level").asString()).isEqualTo("dozing");
    assertThat(shown.at("/sleep/reason").asString()).isEqualTo("Asked");
    assertThat(runtime.observe(new InstanceId(id))).isInstanceOf(Observation.Frozen.class);
  }

  @Test
  void sleeping_deeper_ends_the_process() {
    assertThat(server.post(one + "/sleep", "{\"level\": \"stopped\"}").statusCode()).isEqualTo(202);

    server.awaitStatus(id, "stopped");
    gateway.restarted();
    assertThat(json(server.get(one)).path("wakes").asBoolean()).isTrue();
    assertThat(said(server.post(one + "/messages", "{\"text\": \"hello\"}")))
        .isEqualTo("You said: hello");
  }

  @Test
  void a_busy_one_is_left_awake_and_says_what_it_does() {
    gateway.busy(true);

    var answer = server.post(one + "/sleep", "{}");

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(json(answer).path("type").asString())
        .isEqualTo("urn:rockpool:problem:instance-busy");
    assertThat(json(answer).path("detail").asString()).contains("1 active embedded run(s)");
    assertThat(answer.headers().firstValue("Retry-After")).contains("20");
    assertThat(server.status(id)).isEqualTo("running");
  }

  @Test
  void a_level_that_there_is_not_is_refused() {
    assertThat(server.post(one + "/sleep", "{\"level\": \"deep\"}").statusCode()).isEqualTo(422);
  }

  @Test
  void a_message_wakes_it_and_is_answered() {
    doze();

    assertThat(said(server.post(one + "/messages", "{\"text\": \"hello\"}")))
        .isEqualTo("You said: hello");
    assertThat(server.status(id)).isEqualTo("running");
    assertThat(ground.starts(new InstanceId(id))).isEqualTo(1);
    assertThat(json(server.get(one)).at("/sleep/wakes").asInt()).isEqualTo(1);
  }

  @Test
  void a_web_request_wakes_it_and_is_answered() {
    doze();

    assertThat(server.get("/i/" + id + "/v1/models").statusCode()).isEqualTo(200);
  }

  @Test
  void a_health_probe_does_not_wake_it() {
    doze();

    var answer = server.get("/i/" + id + "/healthz");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(json(answer).path("type").asString()).isEqualTo("urn:rockpool:problem:asleep");
    assertThat(server.status(id)).isEqualTo("dozing");
  }

  @Test
  void it_is_woken_by_hand() {
    doze();

    assertThat(server.post(one + "/wake", "{}").statusCode()).isEqualTo(202);

    server.awaitStatus(id, "running");
    assertThat(server.post(one + "/wake", "{}").statusCode()).as("again").isEqualTo(202);
  }

  @Test
  void what_its_owner_stopped_does_not_wake() {
    doze();
    server.post(one + "/stop", "{}");
    server.awaitStatus(id, "stopped");

    assertThat(json(server.get(one)).path("wakes").asBoolean()).isFalse();
    for (var answer :
        new HttpResponse<?>[] {
          server.post(one + "/messages", "{\"text\": \"hello\"}"),
          server.post(one + "/wake", "{}"),
          server.post(one + "/sleep", "{}"),
          server.get("/i/" + id + "/v1/models")
        }) {
      assertThat(answer.statusCode()).as("%s", answer).isEqualTo(409);
      assertThat(answer.body().toString()).contains("urn:rockpool:problem:instance-stopped");
    }
    gateway.restarted();
    server.post(one + "/start", "{}");
    server.awaitStatus(id, "running");
  }

  @Test
  void a_thousand_requests_at_once_wake_it_once_and_all_are_answered() throws Exception {
    doze();

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<Integer>>();
      for (int i = 0; i < 1_000; i++) {
        answers.add(threads.submit(() -> server.get("/i/" + id + "/v1/models").statusCode()));
      }
      for (var answer : answers) {
        assertThat(answer.get()).isEqualTo(200);
      }
    }
    assertThat(ground.wakes(new InstanceId(id))).isEqualTo(1);
  }

  @Test
  void a_server_that_is_killed_finds_what_dozes_and_wakes_it() {
    doze();
    server.close();

    server = TestServer.on(folder, ground);

    assertThat(server.status(id)).isEqualTo("dozing");
    assertThat(said(server.post(one + "/messages", "{\"text\": \"hello\"}")))
        .isEqualTo("You said: hello");
    assertThat(ground.starts(new InstanceId(id))).isEqualTo(1);
  }

  @Test
  void top_shows_what_each_uses() {
    doze();

    var page = json(server.get("/api/v1/top"));

    assertThat(page.path("items")).hasSize(1);
    assertThat(page.at("/items/0/status").asString()).isEqualTo("dozing");
    assertThat(page.at("/items/0/residentBytes").isNumber()).isTrue();
    assertThat(page.at("/hosts/0/totalBytes").asLong()).isPositive();
    var other = json(server.send(server.request("/api/v1/top", server.account("eve")).GET()));
    assertThat(other.path("items")).isEmpty();
    assertThat(other.path("hosts")).isEmpty();
  }

  @Test
  void metrics_show_what_each_uses() {
    doze();

    var page = server.get("/metrics").body();

    assertThat(page)
        .contains("rockpool_instance_phase{instance=\"%s\",phase=\"dozing\"} 1.0".formatted(id))
        .contains("rockpool_instance_resident_bytes{instance=\"%s\"}".formatted(id))
        .contains("rockpool_instance_swapped_bytes{instance=\"%s\"}".formatted(id))
        .contains("rockpool_instance_cpu_seconds{instance=\"%s\"}".formatted(id))
        .contains("rockpool_instance_last_activity_seconds{instance=\"%s\"}".formatted(id))
        .contains("rockpool_instance_wakes{instance=\"%s\"} 0.0".formatted(id))
        .contains("rockpool_host_memory_bytes{kind=\"available\",runtime=\"fake\"}");
    var strangers =
        List.of(
            server.send(server.request("/metrics", server.account("eve")).GET()),
            server.send(
                HttpRequest.newBuilder(server.at("/metrics"))
                    .header("X-Forwarded-For", "203.0.113.9")
                    .GET()));
    assertThat(strangers).noneMatch(it -> it.body().contains(id));
    assertThat(strangers).allMatch(it -> it.body().contains("rockpool_instances"));
  }

  private void doze() {
    assertThat(server.post(one + "/sleep", "{}").statusCode()).isEqualTo(202);
    asleep();
  }

  private JsonNode asleep() {
    TestServer.eventually(() -> {
      var shown = json(server.get(one));
      assertThat(shown.path("status").asString()).isEqualTo("dozing");
      assertThat(shown.at("/conditions/0/reason").asString()).isEqualTo("Asked");
    });
    return json(server.get(one));
  }

  private static String said(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer).path("reply").asString();
  }
}
