package io.rockpool.server;

import static io.rockpool.server.TestServer.json;
import static io.rockpool.server.TestServer.withBody;
import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.secret.HomeKey;
import io.rockpool.edge.model.ModelGateway;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import io.rockpool.server.door.VirtualKeys;
import io.rockpool.server.http.Json;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people see of the warm pool: nothing, but that their instance is there sooner. */
@Timeout(60)
class PoolApiTest {
  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);
  private TestServer server;

  @BeforeEach
  void open() {
    server =
        TestServer.on(
            folder,
            ground,
            Map.of(
                Setting.POOL_MOST,
                "1",
                Setting.MODEL_BASE_URL,
                gateway.address() + "/v1",
                Setting.MODEL_API_KEY,
                "the-operators-key-0123456789",
                Setting.MODEL,
                "large"));
  }

  @AfterEach
  void close() {
    server.close();
    gateway.close();
  }

  @Test
  void an_operator_sees_nothing_of_a_member() {
    var member = member();

    assertThat(json(server.get("/api/v1/instances")).path("items")).isEmpty();
    assertThat(server.get("/api/v1/instances/" + member).statusCode()).isEqualTo(404);
    assertThat(server.get("/api/v1/instances/" + member + "/events").statusCode()).isEqualTo(404);
    assertThat(server.post("/api/v1/instances/" + member + "/stop", "{}").statusCode())
        .isEqualTo(404);
    assertThat(server.delete("/api/v1/instances/" + member).statusCode()).isEqualTo(404);
    assertThat(server.get("/i/" + member + "/").statusCode()).isEqualTo(404);
    assertThat(server.get("/metrics").body())
        .contains("rockpool_pool_members{warm=\"false\"} 1.0")
        .contains("rockpool_instances{phase=\"running\"} 0.0");
  }

  @Test
  void a_member_asks_the_demo_model_until_somebody_owns_it() throws Exception {
    var member = member();
    var key =
        VirtualKeys.keyOf(HomeKey.at(server.home.file("home.key")), new InstanceId(member), 0);

    assertThat(model(key.reveal())).contains("Rockpool's demo model");
    assertThat(gateway.seen)
        .noneSatisfy(it -> assertThat(it.authorization()).contains("operators"));

    warmed(member);
    assertThat(server.create("{}")).isEqualTo(member);
    model(key.reveal());
    assertThat(gateway.seen).anySatisfy(it -> assertThat(it.authorization()).contains("operators"));
  }

  @Test
  void a_new_instance_is_made_of_a_member() {
    var member = member();
    warmed(member);

    var created = server.post("/api/v1/instances", "{\"name\": \"Ada\"}");

    assertThat(created.statusCode()).isEqualTo(202);
    assertThat(json(created).path("id").asString()).isEqualTo(member);
    assertThat(json(created).path("name").asString()).isEqualTo("Ada");
    assertThat(json(created).path("status").asString()).isEqualTo("running");
    server.awaitStatus(member, "running");
    assertThat(server.get("/metrics").body()).contains("rockpool_pool_claims_total 1.0");
  }

  /** The one that the pool makes by itself, once it runs. */
  private String member() {
    TestServer.eventually(() -> assertThat(running()).hasSize(1));
    return running().getFirst();
  }

  private List<String> running() {
    return server.inDatabase(sql ->
        sql.query("SELECT id FROM instance WHERE phase = 'running'", row -> row.getString(1)));
  }

  /** As the pool would note after a turn; the double knows no WebSocket. */
  private void warmed(String member) {
    server.inDatabase(sql ->
        sql.update(
            "UPDATE instance SET warmed_at = ? WHERE id = ?",
            Instant.now().toEpochMilli(),
            member));
  }

  private String model(String key) {
    var body = Json.MAPPER.createObjectNode().put("model", "large");
    body.putArray("messages").addObject().put("role", "user").put("content", "hi");
    return server
        .send(
            withBody(
                server.request(ModelGateway.PATH + "/chat/completions", key),
                "POST",
                body.toString()))
        .body();
  }
}
