package io.rockpool.bench;

import io.rockpool.runtime.Secret;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running server, on a home of its own. */
final class Rockpool implements AutoCloseable {
  private static final String READY = "rockpool ready: ";
  private static final Duration LOOK = Duration.ofMillis(5);
  private static final Duration LONGEST_BUILD = Duration.ofMinutes(5);
  private static final Duration LONGEST_START = Duration.ofMinutes(1);

  private final Program program;
  private final Path home;
  private final URI address;
  private final Duration startTime;
  private final HttpClient http = HttpClient.newHttpClient();

  private Rockpool(
      Site site,
      Path home,
      List<String> java,
      int port,
      Map<String, String> settings,
      Duration limit)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(java);
    command.addAll(
        List.of(
            "up", "--no-instance", "--port", Integer.toString(port), "--home", home.toString()));
    var log = home.resolveSibling(home.getFileName() + ".log");
    long begin = System.nanoTime();
    var environment = Program.plainEnvironment(site.cache());
    environment.putAll(settings);
    this.program = Program.start(log, environment, command);
    this.home = home;
    try {
      program.await(LOOK, limit, () -> program.printed().contains(READY));
    } catch (IOException | InterruptedException e) {
      program.close();
      throw e;
    }
    this.startTime = Duration.ofNanos(System.nanoTime() - begin);
    // What it prints is its public address, which need not be reachable from here.
    this.address = port == 0 ? printedAddress() : URI.create("http://127.0.0.1:" + port);
  }

  private URI printedAddress() throws IOException {
    return program
        .printed()
        .lines()
        .filter(it -> it.startsWith(READY))
        .map(it -> URI.create(it.substring(READY.length()).strip()))
        .findFirst()
        .orElseThrow();
  }

  /** By the launcher, which builds it first where that is needed. */
  static Rockpool byLauncher(Site site, Path home) throws IOException, InterruptedException {
    return new Rockpool(
        site,
        home,
        List.of(site.checkout().resolve("rockpool").toString()),
        0,
        Map.of(),
        LONGEST_BUILD);
  }

  /**
   * By Java at once.
   *
   * @param java see {@link #java}
   */
  static Rockpool byJava(Site site, List<String> java, Path home)
      throws IOException, InterruptedException {
    return byJava(site, java, home, 0);
  }

  /** The same, on a port of its own. */
  static Rockpool byJava(Site site, List<String> java, Path home, int port)
      throws IOException, InterruptedException {
    return new Rockpool(site, home, java, port, Map.of(), LONGEST_START);
  }

  /** The same, with one setting of the environment. */
  static Rockpool withEnvironment(
      Site site, List<String> java, Path home, String name, String value)
      throws IOException, InterruptedException {
    return new Rockpool(site, home, java, 0, Map.of(name, value), LONGEST_START);
  }

  /** One whose runtime {@code bench} has all instances at {@code gateway}. */
  static Rockpool withGateway(Site site, URI gateway, Path home)
      throws IOException, InterruptedException {
    return withGateway(site, gateway, home, Map.of());
  }

  /** The same, with settings of the environment. */
  static Rockpool withGateway(Site site, URI gateway, Path home, Map<String, String> settings)
      throws IOException, InterruptedException {
    var java = withRuntime(site, Map.of(DoubledRuntime.GATEWAY, gateway.toString()));
    return new Rockpool(site, home, java, 0, settings, LONGEST_START);
  }

  /** The same by a command line of {@link #withRuntime}, on a port of its own. */
  static Rockpool withRuntime(
      Site site, List<String> java, Path home, int port, Map<String, String> settings)
      throws IOException, InterruptedException {
    return new Rockpool(site, home, java, port, settings, LONGEST_START);
  }

  /** The command line of a server with the runtime {@code bench}, which these properties set up. */
  static List<String> withRuntime(Site site, Map<String, String> properties)
      throws IOException, InterruptedException {
    List<String> java;
    try (var any = byLauncher(site, site.temp().resolve("any"))) {
      java = any.java();
    }
    var command = new ArrayList<>(java.subList(0, java.size() - 2));
    properties.forEach((name, value) -> command.add("-D%s=%s".formatted(name, value)));
    command.addAll(List.of("-cp", java.getLast() + File.pathSeparator + site.jar()));
    command.add("io.rockpool.server.Main");
    return List.copyOf(command);
  }

  /** The command line by which the launcher became Java, up to the jar. */
  List<String> java() throws IOException {
    var line = Files.readString(Path.of("/proc", Long.toString(program.pid()), "cmdline"));
    var words = List.of(line.split("\0", -1));
    return words.subList(0, words.indexOf("up"));
  }

  /** From the start of the process to its line "ready". */
  Duration startTime() {
    return startTime;
  }

  URI address() {
    return address;
  }

  Secret token() throws IOException {
    return Secret.of(Files.readString(home.resolve("admin.token")).strip());
  }

  /** Calls the API; an answer of 400 or more is an error. */
  JsonNode call(String method, String path, String body) throws IOException, InterruptedException {
    var answer =
        http.send(
            HttpRequest.newBuilder(address.resolve("/api/v1" + path))
                .method(
                    method,
                    body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("Authorization", "Bearer " + token().reveal())
                .header("Content-Type", "application/json")
                .build(),
            BodyHandlers.ofString());
    if (answer.statusCode() >= 400) {
      throw new IOException(
          "%s %s was answered %d: %s".formatted(method, path, answer.statusCode(), answer.body()));
    }
    return answer.body().isEmpty()
        ? JsonMapper.shared().createObjectNode()
        : JsonMapper.shared().readTree(answer.body());
  }

  /** What it tells operators of itself, in Prometheus' format. */
  String metrics() throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(address.resolve("/metrics"))
                .header("Authorization", "Bearer " + token().reveal())
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  /** Creates an instance, and waits until it runs; the answer is its id. */
  String runningInstance(String runtime) throws IOException, InterruptedException {
    var id =
        call("POST", "/instances", "{\"runtime\":\"%s\"}".formatted(runtime))
            .path("id")
            .stringValue();
    program.await(Duration.ofMillis(50), LONGEST_START, () -> status(id).equals("running"));
    return id;
  }

  String status(String id) throws IOException, InterruptedException {
    return call("GET", "/instances/" + id, "").path("status").asString("");
  }

  /** Destroys an instance, and waits until it is gone. */
  void destroy(String id) throws IOException, InterruptedException {
    call("DELETE", "/instances/" + id, "");
    program.await(
        Duration.ofMillis(50),
        LONGEST_START,
        () -> call("GET", "/instances", "").path("items").isEmpty());
  }

  Program program() {
    return program;
  }

  /** As a power cut would, but for the instances: they run on. */
  void kill() throws InterruptedException {
    http.shutdownNow();
    program.kill();
  }

  @Override
  public void close() {
    http.shutdownNow();
    program.close();
  }
}
