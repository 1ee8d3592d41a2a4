package io.rockpool.server;

import static io.rockpool.server.TestServer.id;
import static io.rockpool.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.runtime.tck.FakeDriver.Ground;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The one-click deployment, and what a server tells of itself. */
@Timeout(40)
class DeployApiTest {
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
  void a_deployment_is_created_watched_and_deleted() {
    var created =
        server.post(
            "/api/deploy/create",
            """
            {"userId": "user-42", "agents": ["lingxi"], "plan": "standard", "region": "cn-hangzhou"}
            """);
    assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
    assertThat(json(created).path("success").asBoolean()).isTrue();
    var deployment = json(created).path("deployment");
    var id = deployment.path("id").asString("");
    assertThat(deployment.path("status").asString()).isEqualTo("creating");
    assertThat(deployment.path("url").asString())
        .isEqualTo(server.wiring.publicUrl() + "/i/" + id + "/");
    assertThat(deployment.path("estimatedTime").asInt()).isPositive();

    TestServer.eventually(() ->
        assertThat(json(server.get("/api/deploy/" + id + "/status")).path("status").asString(""))
            .isEqualTo("ready"));
    var status = json(server.get("/api/deploy/" + id + "/status"));
    assertThat(status.path("id").asString()).isEqualTo(id);
    assertThat(status.path("progress").asInt()).isEqualTo(100);
    assertThat(status.path("logs").get(0).asString()).contains("created");
    var instance = json(server.get("/api/v1/instances/" + id));
    assertThat(instance.path("name").asString()).isEqualTo("user-42");
    assertThat(instance.path("plan").asString()).isEqualTo("pro");

    var deleted = server.delete("/api/deploy/" + id);
    assertThat(deleted.statusCode()).isEqualTo(200);
    assertThat(json(deleted).path("success").asBoolean()).isTrue();
    server.awaitGone(id);
    assertThat(server.get("/api/deploy/" + id + "/status").statusCode()).isEqualTo(404);
    assertThat(ground.starts(id(id))).isEqualTo(1);
  }

  @Test
  void anybody_may_ask_whether_the_server_lives_and_is_ready() {
    for (var path : List.of("/health", "/ready")) {
      var answer = server.send(HttpRequest.newBuilder(server.at(path)));
      assertThat(answer.statusCode()).as(path).isEqualTo(200);
    }
    assertThat(
            json(server.send(HttpRequest.newBuilder(server.at("/health"))))
                .path("status")
                .asString())
        .isEqualTo("ok");
  }

  @Test
  void a_server_that_ends_its_work_is_not_ready() throws Exception {
    server.wiring.stopInstances();

    var answer = server.get("/ready");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    assertThat(server.get("/health").statusCode()).isEqualTo(200);
  }

  @Test
  void metrics_count_instances_by_phase_and_passed_requests_and_name_no_id_to_strangers() {
    var id = server.running("{}");
    server.get("/i/" + id + "/x");

    TestServer.eventually(() -> {
      var metrics =
          server
              .send(HttpRequest.newBuilder(server.at("/metrics")).header("Via", "1.1 proxy").GET())
              .body();
      assertThat(metrics)
          .contains("rockpool_instances{phase=\"running\"} 1.0")
          .contains("rockpool_edge_requests_total{kind=\"page\",status=\"2xx\"}")
          .doesNotContain(id);
    });
  }

  @Test
  void the_description_is_served_and_names_every_route() {
    var described = json(server.send(HttpRequest.newBuilder(server.at("/openapi.json"))));

    assertThat(described.path("openapi").asString()).startsWith("3.1");
    for (var route : server.wiring.routes()) {
      assertThat(
              described
                  .path("paths")
                  .path(route.path())
                  .has(route.method().name().toLowerCase(Locale.ROOT)))
          .as(route.path())
          .isTrue();
    }
  }
}
