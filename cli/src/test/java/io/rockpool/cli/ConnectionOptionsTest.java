package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionOptionsTest {
  private static final String EMPTY = "{\"items\":[]}";

  @TempDir Path home;

  @Test
  void the_token_of_this_machine_is_found_in_the_home_folder() throws IOException {
    Files.createDirectory(home.resolve(".rockpool"));
    Files.writeString(home.resolve(".rockpool/admin.token"), "of-home\n");

    assertThat(authorization(new Shell(home))).isEqualTo("Bearer of-home");
  }

  @Test
  void another_home_has_another_token() throws IOException {
    Files.writeString(home.resolve("admin.token"), "of-rockpool-home");

    assertThat(authorization(new Shell(home).with("ROCKPOOL_HOME", home.toString())))
        .isEqualTo("Bearer of-rockpool-home");
  }

  @Test
  void the_environment_wins_over_the_home_folder_and_the_flag_over_both() throws IOException {
    Files.writeString(home.resolve("admin.token"), "of-home");
    var flag = Files.writeString(home.resolve("t"), "of-flag");
    var shell =
        new Shell(home).with("ROCKPOOL_HOME", home.toString()).with("ROCKPOOL_TOKEN", "of-env");

    assertThat(authorization(shell)).isEqualTo("Bearer of-env");
    assertThat(authorization(shell, "--token-file", flag.toString())).isEqualTo("Bearer of-flag");
  }

  @Test
  void the_port_can_come_from_the_environment() throws IOException {
    try (var api = new ApiDouble()) {
      api.json("GET", "/api/v1/instances", 200, EMPTY);
      var port = api.url().substring(api.url().lastIndexOf(':') + 1);

      var ran = new Shell(home).with("ROCKPOOL_PORT", port).run("instances", "list");

      assertThat(ran.code()).isZero();
    }
  }

  @Test
  void without_a_token_the_refusal_says_where_one_is_looked_for() throws IOException {
    try (var api = new ApiDouble()) {
      api.problem("GET", "/api/v1/instances", 401, "{\"title\":\"Who are you?\",\"status\":401}");

      var ran = new Shell(home).run("instances", "list", "--server", api.url() + "/");

      assertThat(ran.code()).isEqualTo(ExitCode.NOT_ALLOWED);
      assertThat(ran.err())
          .isEqualTo(
              "Who are you?: No token was found. Name its file with --token-file, or set"
                  + " ROCKPOOL_TOKEN.\n");
    }
  }

  @Test
  void where_nothing_listens_the_way_to_start_is_told() throws IOException {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    var ran = new Shell(home).run("instances", "list", "--server", "http://127.0.0.1:" + port);

    assertThat(ran)
        .isEqualTo(
            new Shell.Ran(
                ExitCode.FAILED,
                "",
                "No Rockpool answers at http://127.0.0.1:%d. Start one with ./rockpool up.\n"
                    .formatted(port)));
  }

  @Test
  void a_broken_token_file_is_not_shown() throws IOException {
    var file = Files.writeString(home.resolve("t"), "se cret\nlines");

    var ran = new Shell(home).run("instances", "list", "--token-file", file.toString());

    assertThat(ran.code()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(ran.err()).contains("holds no token").doesNotContain("cret");
  }

  private String authorization(Shell shell, String... more) throws IOException {
    try (var api = new ApiDouble()) {
      api.json("GET", "/api/v1/instances", 200, EMPTY);
      var line =
          new java.util.ArrayList<>(java.util.List.of("instances", "list", "--server", api.url()));
      line.addAll(java.util.List.of(more));

      var ran = shell.run(line.toArray(String[]::new));

      var sent = api.asked("GET", "/api/v1/instances?limit=100").header("Authorization");
      assertThat(ran.code()).isZero();
      assertThat(sent).isPresent();
      var token = sent.get().substring("Bearer ".length());
      assertThat(ran.out() + ran.err()).doesNotContain(token);
      return sent.get();
    }
  }
}
