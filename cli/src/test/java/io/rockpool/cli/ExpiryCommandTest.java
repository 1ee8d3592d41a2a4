package io.rockpool.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpiryCommandTest {
  private static final String ONE = "/api/v1/instances/ada/expiry";

  @TempDir Path home;
  private ApiDouble api = ApiDouble.closed();
  private Shell shell = new Shell(Path.of("unset"));

  @BeforeEach
  void open() throws IOException {
    api = new ApiDouble();
    shell = new Shell(home).with("ROCKPOOL_URL", api.url());
  }

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void an_end_is_set_and_shown() {
    var end = "{\"expiresAt\":\"2026-12-31T00:00:00Z\",\"autoRenew\":false}";
    api.json("PUT", ONE, 200, end);

    assertThat(shell.run("expiry", "set", "ada", "2026-12-31T00:00:00Z"))
        .isEqualTo(new Shell.Ran(0, "ada runs until 2026-12-31T00:00:00Z.\n", ""));
    assertThat(api.asked("PUT", ONE).body()).isEqualTo("{\"expiresAt\":\"2026-12-31T00:00:00Z\"}");
  }

  @Test
  void it_is_renewed_by_itself_or_not() {
    api.json("PUT", ONE, 200, "{\"expiresAt\":\"2026-12-31T00:00:00Z\",\"autoRenew\":true}");

    assertThat(shell.run("expiry", "auto-renew", "ada", "on").out())
        .isEqualTo(
            "ada runs until 2026-12-31T00:00:00Z, and is renewed by itself while it is paid for.\n");
    assertThat(api.asked("PUT", ONE).body()).isEqualTo("{\"autoRenew\":true}");
    assertThat(shell.run("expiry", "auto-renew", "ada", "maybe").code()).isEqualTo(2);
  }

  @Test
  void without_an_end_it_runs_on() {
    api.json("GET", ONE, 200, "{\"autoRenew\":false}");
    api.json("DELETE", ONE, 200, "{\"autoRenew\":false}");

    for (var verb : new String[] {"show", "remove"}) {
      assertThat(shell.run("expiry", verb, "ada").out())
          .isEqualTo("ada runs for as long as its owner likes.\n");
    }
  }

  @Test
  void a_time_that_is_none_is_refused_here() {
    assertThat(shell.run("expiry", "set", "ada", "tomorrow").code()).isEqualTo(2);
    assertThat(api.asked()).isEmpty();
  }
}
