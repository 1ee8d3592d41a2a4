package io.rockpool.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.rockpool.control.openclaw.RenderedConfig;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is loaded into a gateway, in its own Node.js, with a clock that the test moves. */
@Tag("openclaw")
@Timeout(60)
class LateTimersTest {
  private static final String NAME = "sleep.cjs";

  @TempDir Path folder;

  @Test
  void an_idle_timer_that_comes_late_gets_its_time_once_more() throws Exception {
    var files = new RenderedConfig(Secret.of("{}"), Secret.of("{}"), Map.of(), Map.of()).files();
    var loaded = Files.writeString(folder.resolve(NAME), files.config().get(NAME));

    var calls = run(loaded);

    assertThat(calls)
        .isEqualTo(
            """
            {"in time":1,"late":0,"late and awaited":1,"late and short":1,"late, then in time":1,\
            "late interval, then in time":1,"refreshed":1}\
            """);
  }

  private String run(Path loaded) throws IOException, InterruptedException {
    var script = folder.resolve("test.cjs");
    try (var resource = LateTimersTest.class.getResourceAsStream("late-timers.cjs")) {
      assertThat(resource).isNotNull();
      Files.copy(resource, script);
    }
    var node =
        new ProcessBuilder(Host.node().toString(), script.toString(), loaded.toString())
            .redirectErrorStream(true)
            .start();
    try (var output = node.inputReader()) {
      return output.readAllAsString().strip();
    }
  }
}
