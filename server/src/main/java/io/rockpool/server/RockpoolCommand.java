package io.rockpool.server;

import io.rockpool.cli.Environment;
import io.rockpool.cli.ExitCode;
import io.rockpool.control.reconcile.Timing;
import io.rockpool.control.store.StoreException;
import io.rockpool.runtime.Preparation;
import io.rockpool.runtime.RuntimeProvider;
import io.rockpool.server.config.Setting;
import io.rockpool.server.config.Settings;
import io.rockpool.server.config.SettingsException;
import io.rockpool.server.http.OpenApi;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rockpool}, and its verbs that run a server in this process. */
@Command(
    name = "rockpool",
    mixinStandardHelpOptions = true,
    versionProvider = RockpoolCommand.Version.class,
    description = "The control plane for OpenClaw fleets.",
    footer = {"", "Start with: ./rockpool up"})
final class RockpoolCommand {
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {Product.NAME + " " + Product.VERSION};
    }
  }

  /** A server that was told to stop ends within this, whatever hangs. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(18);

  private final Environment environment;
  private final InstantSource clock;

  RockpoolCommand(Environment environment, InstantSource clock) {
    this.environment = environment;
    this.clock = clock;
  }

  @Command(
      name = "up",
      mixinStandardHelpOptions = true,
      description = {
        "Start the control plane in the foreground, and on the first start an instance named hello.",
        "Ctrl-C stops it, and its instances with it."
      },
      footer = {
        "",
        "Settings come from config.yaml in the home folder, then from ROCKPOOL_* variables, then from",
        "options: see docs/reference/settings.md. Example: ./rockpool up --port 8080"
      })
  int up(
      @Option(
              names = "--home",
              paramLabel = "DIR",
              description = "where everything is kept (ROCKPOOL_HOME; default: ~/.rockpool)")
          @Nullable Path home,
      @Option(
              names = "--port",
              paramLabel = "N",
              description = "port to listen on (ROCKPOOL_PORT; default: 3000); 0 for any")
          @Nullable String port,
      @Option(names = "--no-instance", description = "do not create the first instance")
          boolean noInstance,
      @Option(
              names = "--keep-instances",
              description =
                  "leave instances running when the server stops; the next up adopts them")
          boolean keepInstances)
      throws Exception {
    var flags = new EnumMap<Setting, String>(Setting.class);
    if (port != null) {
      flags.put(Setting.PORT, port);
    }
    try (var opened = Home.open(home == null ? Main.home(environment) : home)) {
      logTo(opened);
      var settings = Settings.read(opened.folder(), environment.variables(), flags);
      serve(opened, settings, noInstance, keepInstances);
      return ExitCode.DONE;
    } catch (Home.Unusable | SettingsException | StoreException e) {
      environment.err().println("rockpool: " + e.getMessage());
      return ExitCode.FAILED;
    }
  }

  private void serve(Home home, Settings settings, boolean noInstance, boolean keepInstances)
      throws Exception {
    var wiring = new Wiring(home, settings, surroundings());
    var ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop(wiring, keepInstances);
                  ended.countDown();
                },
                "stop"));
    wiring.start();
    environment.out().println("rockpool ready: " + wiring.publicUrl());
    environment.out().flush();
    if (!noInstance) {
      new FirstInstance(wiring, environment).greet();
    }
    ended.await();
  }

  private void stop(Wiring wiring, boolean keepInstances) {
    Thread.ofPlatform().daemon().start(RockpoolCommand::haltInTime);
    environment
        .err()
        .println(keepInstances ? "Stopping; instances run on." : "Stopping, with all instances.");
    try {
      if (!keepInstances) {
        wiring.stopInstances();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      wiring.close();
    }
  }

  private static void haltInTime() {
    try {
      Thread.sleep(STOP_LIMIT);
      Runtime.getRuntime().halt(ExitCode.FAILED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Command(
      name = "prepare",
      mixinStandardHelpOptions = true,
      description = "Fetch what instances need, ahead of the first start.")
  int prepare() throws Exception {
    var ready = new AtomicBoolean(true);
    inPassing(wiring -> {
      for (var driver : wiring.drivers().values()) {
        if (driver instanceof Preparation preparation
            && preparation.prepare(this::show) instanceof Preparation.Result.Failed(var error)) {
          environment.err().println("rockpool: " + error.advice());
          ready.set(false);
        }
      }
    });
    return ready.get() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void show(Preparation.Progress progress) {
    environment.err().println("  [%3d%%] %s".formatted(progress.percent(), progress.text()));
  }

  @Command(
      name = "openapi",
      mixinStandardHelpOptions = true,
      description = "Print the API's description (OpenAPI 3.1).")
  int openapi() throws Exception {
    return inPassing(wiring -> {
      environment.out().print(OpenApi.document(Product.NAME, "v1", wiring.routes()));
      environment.out().flush();
    });
  }

  @Command(
      name = "warm-up",
      hidden = true,
      mixinStandardHelpOptions = true,
      description = "Start, answer a few requests and end: what the JVM's AOT cache is made from.")
  int warmUp() throws Exception {
    return inPassing(wiring -> {
      wiring.start();
      try (var http = HttpClient.newHttpClient()) {
        for (var path : List.of("/health", "/ready", "/metrics", "/api/v1/instances?limit=5")) {
          ask(http, wiring, HttpRequest.newBuilder(wiring.address().resolve(path)).GET());
        }
        ask(
            http,
            wiring,
            HttpRequest.newBuilder(wiring.address().resolve("/api/v1/instances"))
                .POST(HttpRequest.BodyPublishers.ofString("{\"plan\":\"none\"}"))
                .header("Content-Type", "application/json"));
      }
    });
  }

  private static void ask(HttpClient http, Wiring wiring, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    request.header("Authorization", "Bearer " + wiring.adminToken().reveal());
    http.send(request.build(), BodyHandlers.ofString());
  }

  private interface Work {
    void on(Wiring wiring) throws Exception;
  }

  /** With a server on a home that is thrown away, so it must start no process: not for a pool. */
  private int inPassing(Work work) throws Exception {
    var folder = Files.createTempDirectory("rockpool-");
    try (var home = Home.open(folder)) {
      logTo(home);
      var settings =
          Settings.read(
              home.folder(),
              Map.of(),
              Map.of(Setting.PORT, "0", Setting.HOST, "127.0.0.1", Setting.POOL_MOST, "0"));
      try (var wiring = new Wiring(home, settings, surroundings())) {
        work.on(wiring);
      }
      return ExitCode.DONE;
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Before the first logger is asked for: its file is in the home folder. */
  private static void logTo(Home home) throws IOException {
    System.setProperty("rockpool.log.folder", home.folder("logs").toString());
    System.setProperty("org.sqlite.tmpdir", home.folder("tmp").toString());
  }

  private Wiring.Surroundings surroundings() {
    var named = environment.variables().get("ROCKPOOL_CACHE");
    var cache =
        named == null || named.isBlank()
            ? environment.userHome().resolve(".cache/rockpool")
            : Path.of(named);
    return new Wiring.Surroundings(
        cache,
        ServiceLoader.load(RuntimeProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .toList(),
        Timing.DEFAULT,
        clock);
  }
}
