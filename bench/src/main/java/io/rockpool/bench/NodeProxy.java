package io.rockpool.bench;

import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A peer from npm: JupyterHub's configurable-http-proxy with one route, or Portkey's gateway. */
final class NodeProxy implements AutoCloseable {
  private static final String NAME = "configurable-http-proxy";
  private static final String PORTKEY = "@portkey-ai/gateway";

  private final Program program;
  private final URI address;
  private final String version;

  private NodeProxy(Program program, URI address, String version) {
    this.program = program;
    this.address = address;
    this.version = version;
  }

  /**
   * @param node the Node.js that runs it
   */
  static NodeProxy start(Site site, String node, URI to) throws IOException, InterruptedException {
    var install = install(site);
    var key = Secret.of(UUID.randomUUID().toString());
    var environment = new TreeMap<>(System.getenv());
    environment.put("CONFIGPROXY_AUTH_TOKEN", key.reveal()); // the only way it takes it
    int port = Program.freePort();
    int api = Program.freePort();
    var program =
        Program.start(
            site.temp().resolve(NAME + ".log"),
            environment,
            List.of(
                node,
                Site.program(install, NAME).toString(),
                "--ip=127.0.0.1",
                "--port=" + port,
                "--api-ip=127.0.0.1",
                "--api-port=" + api,
                "--log-level=error"));
    program.await(
        Duration.ofMillis(50),
        Duration.ofSeconds(30),
        () -> Program.listens(port) && Program.listens(api));
    addRoute(api, key, to);
    return new NodeProxy(program, URI.create("http://127.0.0.1:" + port), version(install, NAME));
  }

  /**
   * Portkey's model gateway. What it passes on, and where to, each request's headers say.
   *
   * @param node the Node.js that runs it
   */
  static NodeProxy portkey(Site site, String node) throws IOException, InterruptedException {
    var install = install(site);
    int port = Program.freePort();
    var program =
        Program.start(
            site.temp().resolve("portkey.log"),
            new TreeMap<>(System.getenv()),
            List.of(
                node,
                install
                    .resolve("node_modules")
                    .resolve(PORTKEY)
                    .resolve("build/start-server.js")
                    .toString(),
                "--port=" + port,
                "--headless"));
    program.await(Duration.ofMillis(50), Duration.ofSeconds(30), () -> Program.listens(port));
    return new NodeProxy(
        program, URI.create("http://127.0.0.1:" + port), version(install, PORTKEY));
  }

  private static void addRoute(int api, Secret key, URI to)
      throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      var status =
          http.send(
                  HttpRequest.newBuilder(
                          URI.create("http://127.0.0.1:%d/api/routes/i/bench".formatted(api)))
                      .header("Authorization", "token " + key.reveal())
                      .POST(BodyPublishers.ofString("{\"target\":\"%s\"}".formatted(to)))
                      .build(),
                  BodyHandlers.discarding())
              .statusCode();
      if (status != 201) {
        throw new IOException("%s took no route: %d".formatted(NAME, status));
      }
    }
  }

  /** In the cache, at the version that package.json names. */
  private static Path install(Site site) throws IOException, InterruptedException {
    var folder = Files.createDirectories(site.cache().resolve("bench-peers"));
    var wanted = folder.resolve("package.json");
    try (var resource = NodeProxy.class.getResourceAsStream("package.json")) {
      if (resource == null) {
        throw new IllegalStateException("package.json is not in this build");
      }
      Files.copy(resource, wanted, StandardCopyOption.REPLACE_EXISTING);
    }
    var pinned = JsonMapper.shared().readTree(Files.readString(wanted)).path("dependencies");
    if (isInstalled(folder, NAME, pinned) && isInstalled(folder, PORTKEY, pinned)) {
      return folder;
    }
    var npm =
        new ProcessBuilder(
                "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("npm.log").toFile())
            .start();
    if (npm.waitFor() != 0) {
      throw new IOException("npm cannot fetch the peers: see %s/npm.log".formatted(folder));
    }
    return folder;
  }

  private static boolean isInstalled(Path folder, String name, JsonNode pinned) throws IOException {
    return Files.exists(description(folder, name))
        && version(folder, name).equals(pinned.path(name).stringValue());
  }

  private static String version(Path install, String name) throws IOException {
    return JsonMapper.shared()
        .readTree(Files.readString(description(install, name)))
        .path("version")
        .stringValue();
  }

  private static Path description(Path install, String name) {
    return install.resolve("node_modules").resolve(name).resolve("package.json");
  }

  URI address() {
    return address;
  }

  String version() {
    return version;
  }

  Program program() {
    return program;
  }

  @Override
  public void close() {
    program.close();
  }
}
