package io.rockpool.control.openclaw;

import static org.awaitility.Awaitility.await;

import io.rockpool.runtime.Limits;
import io.rockpool.runtime.tck.FileSearch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** OpenClaw itself, started as a runtime would start it. */
final class RealGateway {
  private static final Limits LIMITS = new Limits(1L << 30, 2_000, 256);

  private final Path openclaw;
  private final Path folder;
  private final int port;
  private final Map<String, URI> apiRoots;
  private final Map<String, String> variables;
  private Optional<Process> process = Optional.empty();

  /** Skips the test where there is no OpenClaw, and fails it where there must be one. */
  RealGateway(Path folder) throws IOException {
    this(folder, Map.of());
  }

  /**
   * @param apiRoots where platforms' APIs are, by platform
   */
  RealGateway(Path folder, Map<String, URI> apiRoots) throws IOException {
    this(folder, apiRoots, Map.of());
  }

  /**
   * @param variables beside those that a gateway is started with
   */
  RealGateway(Path folder, Map<String, URI> apiRoots, Map<String, String> variables)
      throws IOException {
    this.apiRoots = apiRoots;
    this.variables = variables;
    var install = System.getenv("ROCKPOOL_TEST_OPENCLAW");
    if (install == null && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("set ROCKPOOL_TEST_OPENCLAW to a folder with OpenClaw installed");
    }
    Assumptions.assumeTrue(
        install != null, "ROCKPOOL_TEST_OPENCLAW names no folder with OpenClaw installed");
    this.openclaw = Path.of(install == null ? "" : install).resolve("node_modules/.bin");
    this.folder = folder;
    for (var name : List.of("home", "config", "tmp")) {
      Files.createDirectories(
          folder.resolve(name),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Config and secrets, each secret atomically; seeds where nothing is yet. */
  void write(RenderedConfig config) throws IOException {
    for (var file : config.files().config().entrySet()) {
      Files.writeString(folder.resolve("config").resolve(file.getKey()), file.getValue());
    }
    var secret = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    for (var file : config.files().secrets().entrySet()) {
      var target = folder.resolve("config").resolve(file.getKey());
      var next = Files.createTempFile(folder.resolve("tmp"), "next", "", secret);
      Files.writeString(next, file.getValue().reveal());
      Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
    }
    for (var seed : config.seeds().entrySet()) {
      var target = folder.resolve("home").resolve(seed.getKey());
      Files.createDirectories(target.getParent());
      Files.writeString(target, seed.getValue());
    }
  }

  /** An address of its own for what is not the gateway's port. */
  String listener() {
    return "127.64.%d.%d".formatted(port >> 8, port & 255);
  }

  void start(Gateway gateway) throws IOException {
    var started =
        command(OpenClawLaunch.spec(Given.ADA, 1, empty(), LIMITS).command())
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("console.log").toFile()))
            .redirectErrorStream(true)
            .start();
    process = Optional.of(started);
    await()
        .atMost(3, TimeUnit.MINUTES)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> {
          if (!started.isAlive()) {
            throw new AssertionError("the gateway ended: " + console());
          }
          return gateway.ready(uri(), Duration.ofSeconds(5)) instanceof Readiness.Ready;
        });
  }

  /** What a command of OpenClaw's prints on its standard output. */
  String run(String... arguments) throws IOException, InterruptedException {
    var out = folder.resolve("tmp/out");
    var words = new ArrayList<>(List.of("openclaw"));
    words.addAll(List.of(arguments));
    var done =
        command(words)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!done.waitFor(2, TimeUnit.MINUTES)) {
      done.destroyForcibly();
      throw new AssertionError("openclaw %s does not end".formatted(words));
    }
    return Files.readString(out);
  }

  String console() throws IOException {
    return Files.readString(folder.resolve("console.log"));
  }

  boolean isAlive() {
    return process.filter(Process::isAlive).isPresent();
  }

  /** Stops the clockwork of all of its processes, as a freezer does. */
  void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    var words = new ArrayList<>(List.of("kill", name));
    var running = process.orElseThrow();
    words.add(Long.toString(running.pid()));
    running.descendants().forEach(it -> words.add(Long.toString(it.pid())));
    if (new ProcessBuilder(words).inheritIO().start().waitFor() != 0) {
      throw new AssertionError("%s failed".formatted(words));
    }
  }

  private ProcessBuilder command(List<String> words) {
    var full = new ArrayList<>(words);
    full.set(0, openclaw.resolve(words.getFirst()).toString());
    var builder = new ProcessBuilder(full).directory(folder.resolve("home").toFile());
    var environment = new HashMap<String, String>();
    OpenClawLaunch.environment(LIMITS, apiRoots)
        .forEach((name, value) ->
            environment.put(
                name,
                value
                    .replace("{home}", folder.resolve("home").toString())
                    .replace("{config}", folder.resolve("config").toString())
                    .replace("{port}", Integer.toString(port))
                    .replace("{listener}", listener())));
    environment.putAll(variables);
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("TMPDIR", folder.resolve("tmp").toString());
    environment.put("PATH", openclaw + ":/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder;
  }

  private static RenderedConfig empty() {
    return Given.rendered(List.of(), "{}", "{}");
  }

  /** Ends it and all of its processes; does nothing when it is not running. */
  void stop() throws IOException, InterruptedException {
    if (isAlive()) {
      var running = process.orElseThrow();
      var below = running.descendants().toList();
      thaw(); // a frozen one cannot end
      running.destroy();
      if (!running.waitFor(15, TimeUnit.SECONDS)) {
        running.destroyForcibly().waitFor();
      }
      below.forEach(ProcessHandle::destroyForcibly);
      process = Optional.empty();
    }
  }

  /** As by a loss of power: all of its processes, at once. */
  void kill() throws InterruptedException {
    var running = process.orElseThrow();
    var below = running.descendants().toList();
    running.destroyForcibly().waitFor();
    below.forEach(ProcessHandle::destroyForcibly);
    process = Optional.empty();
  }

  /** The files that the gateway wrote and that hold this text. */
  List<Path> writtenWith(String text) throws IOException {
    var found = new ArrayList<Path>();
    for (var start : List.of("home", "tmp", "console.log")) {
      for (var file : FileSearch.files(folder.resolve(start))) {
        if (FileSearch.holds(file, text)) {
          found.add(file);
        }
      }
    }
    return found;
  }
}
