package io.rockpool.server.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Clients that are Node.js programs, from npm: in this folder's resources. */
final class Script {
  private static final List<String> PACKAGES = List.of("openai@7.57.0", "playwright-core@1.65.1");

  /** Runs one; its last line is its result. The administrator's token is in {@code RP_TOKEN}. */
  static JsonNode run(String name, Map<String, String> variables, Fleet fleet)
      throws IOException, InterruptedException {
    var modules = packages();
    var folder = Files.createTempDirectory("rockpool-script");
    try {
      return run(folder, modules, name, variables, fleet);
    } finally {
      Host.delete(folder);
    }
  }

  private static JsonNode run(
      Path folder, Path modules, String name, Map<String, String> variables, Fleet fleet)
      throws IOException, InterruptedException {
    var script = folder.resolve(name);
    try (var source = Script.class.getResourceAsStream(name)) {
      if (source == null) {
        throw new IOException("no script " + name);
      }
      Files.copy(source, script);
    }
    var log = folder.resolve("log");
    var builder =
        new ProcessBuilder(Host.node().toString(), script.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(variables);
    builder.environment().put("RP_TOKEN", fleet.api.token());
    builder.environment().put("RP_MODULES", modules + "/");
    builder.environment().put("RP_NEIGHBOUR", fleet.neighbour);
    var process = builder.start();
    if (!process.waitFor(150, SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    var lines = Files.readAllLines(log);
    assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
    return Api.JSON.readTree(lines.getLast());
  }

  /** Fetches them once per machine, with the user's own npm settings. */
  private static Path packages() throws IOException, InterruptedException {
    var folder = Host.cache().resolve("test-npm");
    Files.createDirectories(folder);
    try (var channel =
            FileChannel.open(
                folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      var marker = folder.resolve("installed");
      var wanted = String.join("\n", PACKAGES);
      if (!Files.exists(marker) || !Files.readString(marker).equals(wanted)) {
        var log = folder.resolve("npm.log");
        var line =
            new ArrayList<>(
                List.of(
                    "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"));
        line.add(folder.toString());
        line.addAll(PACKAGES);
        var npm =
            new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(npm).as(Files.readString(log)).isZero();
        Files.writeString(marker, wanted);
      }
    }
    return folder;
  }

  private Script() {}
}
