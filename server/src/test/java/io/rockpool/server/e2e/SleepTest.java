package io.rockpool.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.secret.HomeKey;
import io.rockpool.runtime.InstanceId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real OpenClaw falls asleep and wakes, by every door, and through the death of its server. */
@Tag("openclaw")
@Timeout(300)
@TestMethodOrder(OrderAnnotation.class) // one gateway for all: a start takes a dozen seconds
class SleepTest {
  @TempDir static Path folder;
  private static Ground ground;
  private static Ground.Up up;
  private static Api api;

  @BeforeAll
  static void starts() throws IOException {
    Host.has("npm", "bwrap");
    Host.isRoot();
    ground = new Ground(folder);
    Files.createDirectories(ground.home());
    Files.writeString(
        ground.home().resolve("config.yaml"),
        """
        plans:
          - {name: free, memory-megabytes: 1536, milli-cpus: 2000, processes: 256, doze-after: 15s}
        """);
    up = ground.up();
    var _ = up.greeting();
    api = ground.api();
  }

  @AfterAll
  static void ends() {
    if (ground != null) {
      ground.close();
    }
  }

  @Test
  @Order(1)
  void who_is_idle_dozes_by_itself_and_answers_the_next_message_in_the_same_process()
      throws IOException {
    long pid = api.pid("hello");
    assertThat(api.say("hello", "a", "before")).contains("before");

    api.awaitAsleep("hello", "dozing");
    assertThat(api.instance("hello").at("/sleep/reason").asString()).isEqualTo("Idle");

    assertThat(api.say("hello", "a", "after")).contains("after", "message 2");
    assertThat(api.pid("hello")).isEqualTo(pid);
  }

  @Test
  @Order(2)
  void a_web_request_wakes_it() throws IOException {
    doze();

    assertThat(api.get("/i/hello/v1/models").statusCode()).isEqualTo(200);
    assertThat(api.get("/i/hello/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  @Order(3)
  void a_probe_does_not() throws IOException {
    doze();

    assertThat(api.get("/i/hello/readyz").statusCode()).isEqualTo(503);
    assertThat(status()).isEqualTo("dozing");
  }

  @Test
  @Order(4)
  void a_killed_server_finds_it_dozing_and_it_answers() throws Exception {
    doze();
    long pid = api.pid("hello");
    up.kill();

    up = ground.up("--no-instance");

    assertThat(status()).isEqualTo("dozing");
    assertThat(api.say("hello", "a", "anybody there?")).contains("anybody there?");
    assertThat(api.pid("hello")).isEqualTo(pid);
  }

  @Test
  @Order(5)
  void a_server_that_is_killed_while_it_falls_asleep_leaves_it_able_to_answer() throws Exception {
    for (int events : new int[] {0, 1, 2}) {
      assertThat(api.say("hello", "a", "awake " + events)).contains("awake " + events);
      api.sleep("hello", "dozing");
      // Killed before the fence, behind it, and when it is (nearly) frozen.
      Waiting.until(
          30,
          "step " + events,
          () -> api.events("hello"),
          () ->
              events == 0
                  || (status().equals("dozing")
                      && (events == 1
                          || !ready().path("reason").asString("").equals("FallingAsleep"))));
      up.kill();
      up = ground.up("--no-instance");

      assertThat(api.say("hello", "a", "still " + events)).contains("still " + events);
    }
  }

  @Test
  @Order(6)
  void a_job_of_its_own_wakes_it_in_time_and_is_done() throws Exception {
    assertThat(api.say("hello", "a", "plan something")).contains("plan something");
    var due = Instant.now().plusSeconds(60);
    var added =
        rpc(
            "cron.add",
            Map.of(
                "name",
                "tea",
                "enabled",
                true,
                "schedule",
                Map.of("kind", "at", "at", due.toString()),
                "sessionTarget",
                "isolated",
                "wakeMode",
                "now",
                "payload",
                Map.of("kind", "agentTurn", "message", "make tea"),
                "delivery",
                Map.of("mode", "none")));
    var job = added.at("/payload/id").asString("");
    assertThat(job).as(added.toString()).isNotEmpty();

    doze();
    assertThat(Instant.parse(api.instance("hello").at("/sleep/wakesAt").asString()))
        .isBetween(due.minusSeconds(1), due.plusSeconds(1));
    Waiting.until(
        120,
        "it wakes for its job",
        () -> api.events("hello"),
        () -> api.instance("hello").at("/sleep/reason").asString("").equals("JobDue"));
    assertThat(Instant.now()).isBefore(due.plusSeconds(1));
    Waiting.until(
        90,
        "the job is done",
        () -> api.events("hello"),
        () ->
            rpc("cron.runs", Map.of("id", job))
                .at("/payload/entries/0/status")
                .asString("")
                .equals("ok"));
  }

  @Test
  @Order(7)
  void who_sleeps_deeper_is_started_by_the_next_message() throws IOException {
    api.asleep("hello", "stopped");
    assertThat(api.instance("hello").path("wakes").asBoolean()).isTrue();

    assertThat(api.say("hello", "a", "good morning")).contains("good morning");
  }

  private static void doze() throws IOException {
    assertThat(api.say("hello", "a", "good night")).contains("good night");
    api.asleep("hello", "dozing");
  }

  private static String status() throws IOException {
    return api.instance("hello").path("status").asString("");
  }

  private static JsonNode ready() throws IOException {
    return api.instance("hello").at("/conditions/0");
  }

  /** As Rockpool itself asks a gateway. */
  private static JsonNode rpc(String method, Map<String, Object> params)
      throws IOException, InterruptedException {
    var port = api.instance("hello").at("/placement/port").asInt();
    var password =
        HomeKey.at(ground.home().resolve("home.key"))
            .of(new InstanceId("hello"), HomeKey.Purpose.GATEWAY_PASSWORD);
    try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/admin/rpc"))
              .header("Authorization", "Bearer " + password.reveal())
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      Api.JSON.writeValueAsString(
                          Map.of("id", "1", "method", method, "params", params))))
              .build();
      return Api.JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
    }
  }
}
