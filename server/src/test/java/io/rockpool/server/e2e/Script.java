package io.rockpool.server.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Clients that are Node.js programs: in this folder's resources, as is the lock of the packages
 * that they use. Renew it beside package.json: {@code npm install --package-lock-only
 * --omit-lockfile-registry-resolved}.
 */
final class Script {
  /** Runs one; its last line is its result. The administrator's token is in {@code RP_TOKEN}. */
  static JsonNode run(String name, Map<String, String> variables, Fleet fleet)
      throws IOException, InterruptedException {
    var all = new HashMap<>(variables);
    all.put("RP_TOKEN", fleet.api.token());
    all.put("RP_NEIGHBOUR", fleet.neighbour);
    return run(name, all);
  }

  /** Runs one; its last line is its result. */
  static JsonNode run(String name, Map<String, String> variables)
      throws IOException, InterruptedException {
    var modules = packages();
    var folder = Files.createTempDirectory("rockpool-script");
    try {
      return run(folder, modules, name, variables);
    } finally {
      Host.delete(folder);
    }
  }

  private static JsonNode run(Path folder, Path modules, String name, Map<String, String> variables)
      throws IOException, InterruptedException {
    var script = folder.resolve(name);
    Files.write(script, resource(name));
    var log = folder.resolve("log");
    var builder =
        new ProcessBuilder(Host.node().toString(), script.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(variables);
    builder.environment().put("RP_MODULES", modules + "/");
    var process = builder.start();
    if (!process.waitFor(150, SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    var lines = Files.readAllLines(log);
    assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
    return Api.JSON.readTree(lines.getLast());
  }

  /** Fetches what the lock names, once per machine, with the user's own npm settings. */
  private static Path packages() throws IOException, InterruptedException {
    var lock = resource("package-lock.json");
    var folder = Host.cache().resolve("test-npm-%08x".formatted(Arrays.hashCode(lock)));
    Files.createDirectories(folder);
    try (var channel =
            FileChannel.open(
                folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      var marker = folder.resolve("installed");
      if (!Files.exists(marker)) {
        Files.write(folder.resolve("package.json"), resource("package.json"));
        Files.write(folder.resolve("package-lock.json"), lock);
        var log = folder.resolve("npm.log");
        var npm =
            new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(npm).as(Files.readString(log)).isZero();
        Files.createFile(marker);
      }
    }
    return folder;
  }

  private static byte[] resource(String name) throws IOException {
    try (var source = Script.class.getResourceAsStream(name)) {
      if (source == null) {
        throw new IOException("there is no %s among the test resources".formatted(name));
      }
      return source.readAllBytes();
    }
  }

  private Script() {}
}
