package io.rockpool.server.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What outlives a server that is killed: its home folder and its port. Closing it leaves no process
 * behind.
 */
final class Ground implements AutoCloseable {
  private final Path folder;
  private int port;
  private @Nullable Up current;
  private int starts;
  private final Map<String, String> variables = new HashMap<>();

  Ground(Path folder) throws IOException {
    this.folder = folder;
    this.port = Host.freePort();
  }

  Path home() {
    return folder.resolve("home");
  }

  /** What its runtime keeps of an instance. */
  Path instance(String id) {
    return instances().resolve(id);
  }

  private Path instances() {
    var runtime = variables.getOrDefault("ROCKPOOL_RUNTIME", "process");
    return home().resolve("runtimes").resolve(runtime).resolve("instances");
  }

  /** Sets a variable in the environment of servers that are started from now on. */
  void set(String variable, String value) {
    variables.put(variable, value);
  }

  /** Starts a server as {@code ./rockpool up} does, and waits until it is ready. */
  Up up(String... options) throws IOException {
    var builder = program("up", "--home", home().toString(), "--port", Integer.toString(port));
    builder.command().addAll(List.of(options));
    builder.environment().put("ROCKPOOL_POOL_MOST", "0"); // what runs here is what a test made
    builder.environment().putAll(variables);
    var out = folder.resolve("up-%d.out".formatted(++starts));
    var err = folder.resolve("up-%d.err".formatted(starts));
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    var up = new Up(builder.start(), out, err);
    current = up;
    up.awaitReady();
    return up;
  }

  /** The program, with nothing set but its cache, and this folder for what is temporary. */
  ProcessBuilder program(String... arguments) {
    var line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + folder,
                "io.rockpool.server.Main"));
    line.addAll(List.of(arguments));
    var builder = new ProcessBuilder(line);
    var environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("ROCKPOOL_") || name.equals("CI"));
    environment.put("ROCKPOOL_CACHE", Host.cache().toString());
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    return builder;
  }

  /** The API as the administrator sees it. */
  Api api() throws IOException {
    return api(Files.readString(home().resolve("admin.token")).strip());
  }

  Api api(String token) {
    return new Api(port, token);
  }

  /** The next server has another port. */
  void move() throws IOException {
    port = Host.freePort();
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    try {
      if (current != null) {
        current.end();
      }
      for (var pid : pids()) {
        Host.tree(pid).reversed().forEach(Host::kill);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Roots of instances that were left running, from the runtime's own marks. */
  private List<Long> pids() throws IOException {
    var pids = new ArrayList<Long>();
    if (!Files.isDirectory(instances())) {
      return pids;
    }
    try (var folders = Files.newDirectoryStream(instances())) {
      for (var folder : folders) {
        var mark = folder.resolve("run/lifemark");
        if (Files.exists(mark)) {
          Files.readAllLines(mark).stream()
              .filter(line -> line.startsWith("pid="))
              .map(line -> Long.valueOf(line.substring(4)))
              .filter(pid -> isLauncher(pid, folder))
              .forEach(pids::add);
        }
      }
    }
    return pids;
  }

  /** The pid may be a stranger's by now. */
  private static boolean isLauncher(long pid, Path folder) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
          .contains(folder.toString());
    } catch (IOException gone) {
      return false;
    }
  }

  /** A server process. */
  static final class Up {
    private final Process process;
    private final Path out;
    private final Path err;

    private Up(Process process, Path out, Path err) {
      this.process = process;
      this.out = out;
      this.err = err;
    }

    private void awaitReady() {
      Waiting.until(
          60, "the server is ready", this::story, () -> out().contains("rockpool ready:"));
    }

    /** Waits for what hello says after a start. */
    String greeting() {
      Waiting.until(180, "hello greets", this::story, () -> out().contains("\nhello> "));
      return out().substring(out().indexOf("hello> "));
    }

    String out() {
      return read(out);
    }

    String err() {
      return read(err);
    }

    /** Standard output and error, and whether it still runs. */
    String story() {
      return "%s%n%s%n%s".formatted(process, out(), err());
    }

    long pid() {
      return process.pid();
    }

    /** As a power cut would. */
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }

    /** As Ctrl-C and systemd do. False if it has not ended in time. */
    boolean terminate(int seconds) throws InterruptedException {
      process.destroy();
      return process.waitFor(seconds, SECONDS);
    }

    private void end() throws InterruptedException {
      if (process.isAlive() && !terminate(30)) {
        kill();
      }
    }

    private static String read(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
