package io.rockpool.server;

import static io.rockpool.server.TestServer.id;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rockpool.runtime.Observation;
import io.rockpool.runtime.Secret;
import io.rockpool.runtime.tck.FakeDriver;
import io.rockpool.runtime.tck.FakeDriver.Ground;
import io.rockpool.server.config.Setting;
import io.rockpool.server.config.SettingsException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server owes to the next one on its home. */
@Timeout(60)
class ServerLifeTest {
  @TempDir Path folder;
  private final GatewayDouble gateway = new GatewayDouble();
  private final Ground ground = TestServer.ground(gateway);

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void a_browser_logs_in_at_the_host_name_of_an_instance() throws Exception {
    Files.writeString(folder.resolve("config.yaml"), "domain: claw.test\n");
    try (var server = TestServer.on(folder, ground);
        var socket = new Socket(server.at("").getHost(), server.at("").getPort())) {
      var request =
          "GET /login?instance=ada HTTP/1.1\r\nHost: ada.claw.test\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));

      var page = new String(socket.getInputStream().readAllBytes(), UTF_8);

      assertThat(page).startsWith("HTTP/1.1 200").contains("action=\"/login?instance=ada\"");
    }
  }

  @Test
  void a_server_that_comes_back_adopts_what_runs_and_knows_its_tokens() {
    String id;
    String token;
    String ada;
    try (var server = TestServer.on(folder, ground)) {
      id = server.running("{}");
      token = server.token;
      ada = server.account("ada");
    }

    try (var server = TestServer.on(folder, ground)) {
      assertThat(server.token).isEqualTo(token);
      assertThat(server.send(server.request("/api/v1/instances", ada)).statusCode()).isEqualTo(200);
      var passes = gateway.seen.size();
      TestServer.eventually(() -> assertThat(gateway.seen).hasSizeGreaterThan(passes));
      assertThat(server.status(id)).isEqualTo("running");
      assertThat(server.get("/i/" + id + "/").statusCode()).isEqualTo(200);
      assertThat(ground.starts(id(id))).isEqualTo(1);
    }
  }

  @Test
  void a_create_that_was_answered_survives_the_end_of_its_server() {
    gateway.ready(false);
    String id;
    try (var server = TestServer.on(folder, ground)) {
      id = server.create("{}");
    }
    gateway.ready(true);

    try (var server = TestServer.on(folder, ground)) {
      server.awaitStatus(id, "running");
    }
  }

  @Test
  void a_stop_of_all_instances_holds_until_the_next_server_starts_them() throws Exception {
    String one;
    String other;
    String stopped;
    try (var server = TestServer.on(folder, ground)) {
      one = server.running("{}");
      other = server.running("{}");
      stopped = server.running("{}");
      server.post("/api/v1/instances/" + stopped + "/stop", "{}");
      server.awaitStatus(stopped, "stopped");

      server.wiring.stopInstances();

      var driver = new FakeDriver(ground);
      for (var id : List.of(one, other, stopped)) {
        assertThat(driver.observe(id(id))).isInstanceOf(Observation.Stopped.class);
      }
    }

    try (var server = TestServer.on(folder, ground)) {
      server.awaitStatus(one, "running");
      server.awaitStatus(other, "running");
      assertThat(server.status(stopped)).isEqualTo("stopped");
      assertThat(ground.starts(id(one))).isEqualTo(2);
      assertThat(ground.starts(id(stopped))).isEqualTo(1);
    }
  }

  @Test
  void a_home_belongs_to_one_server_and_the_next_one_says_who_holds_it() throws Exception {
    try (var _ = TestServer.on(folder, ground)) {
      assertThatThrownBy(() -> Home.open(folder).close())
          .isInstanceOf(Home.Unusable.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid())
          .hasMessageContaining("--home");
    }

    Home.open(folder).close();
  }

  @Test
  void instances_come_to_run_on_whichever_address_the_server_listens() {
    try (var server = TestServer.on(folder, ground, Map.of(Setting.HOST, "127.0.0.2"))) {
      server.awaitStatus(server.create("{}"), "running");
    }
  }

  @Test
  void a_taken_port_is_told_with_its_holder_and_the_way_out() throws Exception {
    try (var holder = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var home = Home.open(folder)) {
      int port = holder.getLocalPort();
      var settings = TestServer.read(home, Map.of(Setting.PORT, Integer.toString(port)));

      assertThatThrownBy(() -> new Wiring(home, settings, TestServer.around(home, ground)).close())
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("Port %d of 127.0.0.1 is taken".formatted(port))
          .hasMessageContaining("pid " + ProcessHandle.current().pid() + " (")
          .hasMessageContaining("--port " + (port + 1));
      assertThat(folder.resolve("rockpool.db")).doesNotExist();
    }
  }

  @Test
  void an_unknown_runtime_is_told_with_those_there_are() throws Exception {
    try (var home = Home.open(folder)) {
      var settings = TestServer.read(home, Map.of(Setting.RUNTIME, "moon"));

      assertThatThrownBy(() -> new Wiring(home, settings, TestServer.around(home, ground)).close())
          .isInstanceOf(SettingsException.class)
          .hasMessage("runtime is 'moon': this build has fake");
    }
  }

  @Test
  void a_home_is_readable_by_its_owner_only() throws Exception {
    var place = folder.resolve("new/home");
    try (var _ = TestServer.on(place, ground)) {
      assertThat(mode(place)).isEqualTo("rwx------");
      for (var secret : List.of("admin.token", "home.key", "server.lock")) {
        assertThat(mode(place.resolve(secret))).as(secret).isEqualTo("rw-------");
      }
    }
  }

  @Test
  void a_home_that_is_a_file_or_cannot_be_made_is_told() throws Exception {
    var file = Files.writeString(folder.resolve("file"), "x");

    assertThatThrownBy(() -> Home.open(file).close())
        .isInstanceOf(Home.Unusable.class)
        .hasMessageContaining("is no folder")
        .hasMessageContaining("--home");
    assertThatThrownBy(() -> Home.open(file.resolve("below")).close())
        .isInstanceOf(Home.Unusable.class)
        .hasMessageContaining("cannot be made")
        .hasMessageContaining("--home");
    assertThatThrownBy(() -> Home.open(Path.of("/proc/rockpool")).close())
        .isInstanceOf(Home.Unusable.class)
        .hasMessageContaining("--home");
  }

  @Test
  void a_token_that_is_none_is_not_taken() throws Exception {
    Files.writeString(folder.resolve("admin.token"), "short\n");

    try (var home = Home.open(folder)) {
      assertThatThrownBy(home::adminToken)
          .isInstanceOf(Home.Unusable.class)
          .hasMessageContaining("admin.token")
          .hasMessageNotContaining("short");
    }
  }

  @Test
  void an_operator_may_bring_a_token() throws Exception {
    Files.writeString(folder.resolve("admin.token"), "a-token-of-my-own-choice\n");

    try (var server = TestServer.on(folder, ground)) {
      assertThat(server.wiring.adminToken()).isEqualTo(Secret.of("a-token-of-my-own-choice"));
      assertThat(server.get("/api/v1/instances").statusCode()).isEqualTo(200);
    }
  }

  private static String mode(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
