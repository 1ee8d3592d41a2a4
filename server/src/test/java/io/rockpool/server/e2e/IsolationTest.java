package io.rockpool.server.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** What hello could do to others if its gateway were taken over. */
@Tag("openclaw")
@ExtendWith(Fleet.Shared.class)
@Timeout(240)
class IsolationTest {
  private static final String EDGE_HEADER = "x-rockpool-edge";

  private final Fleet fleet;

  IsolationTest(Fleet fleet) {
    this.fleet = fleet;
  }

  @BeforeAll
  static void needsWalls() {
    Host.isRoot();
    Host.has("nsenter", "nft");
  }

  @Test
  void it_finds_no_file_and_no_process_of_anybody_else() throws Exception {
    var neighbour = fleet.ground.instance(fleet.neighbour);

    assertThat(inside("test", "-r", "/config/secrets.json")).as("its own, for comparison").isTrue();
    assertThat(inside("ls", neighbour.toString())).isFalse();
    assertThat(inside("ls", fleet.ground.home().toString())).isFalse();
    assertThat(inside("cat", fleet.ground.home().resolve("admin.token").toString())).isFalse();
    assertThat(inside("cat", fleet.ground.home().resolve("home.key").toString())).isFalse();
    assertThat(inside("ls", fleet.ground.instance("hello").toString())).isFalse();
    for (var pid : List.of(fleet.up.pid(), fleet.api.pid(fleet.neighbour))) {
      assertThat(inside("test", "-e", "/proc/" + pid)).isFalse();
      assertThat(inside("kill", "-0", Long.toString(pid))).isFalse();
    }
    assertThat(inside("touch", "/config/openclaw.json")).isFalse();
  }

  @Test
  void it_reaches_its_own_gateway_and_the_model_but_not_the_neighbours_gateway() throws Exception {
    var password = secret(fleet.neighbour, "/gateway/password");
    var models = "/v1/models";

    assertThat(asked(gateway("hello") + models, bearer(secret("hello", "/gateway/password"))))
        .isEqualTo("200");
    assertThat(asked(fleet.api.uri("/llm/demo/v1/models").toString())).isEqualTo("200");
    assertThat(outside(gateway(fleet.neighbour) + models, password)).isEqualTo(200);
    assertThat(asked(gateway(fleet.neighbour) + models, bearer(password)))
        .isEqualTo("ECONNREFUSED");
    assertThat(
            asked(
                gateway(fleet.neighbour).replace("127.0.0.1", "[::ffff:127.0.0.1]") + models,
                bearer(password)))
        .isEqualTo("ECONNREFUSED");
  }

  @Test
  void its_own_secrets_open_nothing_at_rockpool() throws Exception {
    var api = fleet.api.uri("/api/v1/instances").toString();
    var edge = fleet.api.uri("/i/" + fleet.neighbour + "/v1/models").toString();
    var own = fleet.api.uri("/i/hello/v1/models").toString();

    for (var url : List.of(api, edge, own)) {
      assertThat(asked(url)).as(url).isEqualTo("401");
      for (var secret : List.of("/gateway/password", "/model/key")) {
        assertThat(asked(url, bearer(secret("hello", secret)))).as(url).isEqualTo("401");
      }
      assertThat(asked(url, userHeader("hello") + ": owner", EDGE_HEADER + ": 1"))
          .as(url)
          .isEqualTo("401");
    }
    assertThat(asked(edge, userHeader(fleet.neighbour) + ": owner", EDGE_HEADER + ": 1"))
        .isEqualTo("401");
  }

  /** Runs a program as hello's user in hello's namespaces; true if it ended with 0. */
  private boolean inside(String... command) throws Exception {
    return run(command).status() == 0;
  }

  /** The status that hello gets for a GET, or the system's name of why there was none. */
  private String asked(String url, String... headers) throws Exception {
    var script =
        """
        const [url, ...headers] = process.argv.slice(1);
        fetch(url, {
          headers: headers.map((it) => it.split(": ")),
          redirect: "manual",
          signal: AbortSignal.timeout(20_000),
        }).then((answer) => console.log(answer.status), (error) => console.log(error.cause?.code ?? error.name));
        """;
    var line = new ArrayList<>(List.of("/opt/openclaw/node_modules/.bin/node", "-e", script, url));
    line.addAll(List.of(headers));
    return run(line.toArray(String[]::new)).output().strip();
  }

  private record Result(int status, String output) {}

  private Result run(String... command) throws IOException, InterruptedException {
    var placement = fleet.api.instance("hello").path("placement");
    var user = placement.path("user").asString(placement.path("user").toString());
    var line = new ArrayList<>(List.of("nsenter", "-t", Long.toString(gatewayProcess(placement))));
    line.addAll(List.of("-m", "-p", "-i", "-u", "-n", "-S", user, "-G", user, "--"));
    line.addAll(List.of(command));
    var process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(30, SECONDS)).isTrue();
    return new Result(process.exitValue(), output);
  }

  /** A process inside the walls: one of the instance's own user. */
  private static long gatewayProcess(JsonNode placement) throws IOException {
    var user = placement.path("user").asInt(0);
    for (var pid : Host.tree(placement.path("pid").asLong(0))) {
      if (Files.getAttribute(Path.of("/proc", pid.toString()), "unix:uid").equals(user)) {
        return pid;
      }
    }
    throw new AssertionError("no process of user " + user);
  }

  private int outside(String url, String password) throws IOException {
    var gateway = fleet.ground.api(password);
    return gateway.send(gateway.request("/").uri(URI.create(url))).statusCode();
  }

  private String gateway(String id) throws IOException {
    return "http://127.0.0.1:" + fleet.api.instance(id).at("/placement/port").asInt(0);
  }

  private String secret(String id, String pointer) throws IOException {
    return json(id, "secrets.json").at(pointer).asString("");
  }

  private String userHeader(String id) throws IOException {
    return json(id, "openclaw.json").at("/gateway/auth/trustedProxy/userHeader").asString("");
  }

  private JsonNode json(String id, String file) throws IOException {
    return Api.JSON.readTree(
        Files.readString(fleet.ground.instance(id).resolve("config").resolve(file)));
  }

  private static String bearer(String token) {
    return "authorization: Bearer " + token;
  }
}
