package io.rockpool.runtime.tck;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A PostgreSQL for tests: the one at {@code ROCKPOOL_TEST_POSTGRES} (a JDBC URL), or else one
 * cluster per JVM from Debian's binaries, in a temporary folder, reached over loopback only.
 *
 * <p>Where there is neither, tests are skipped and say why; with {@code CI=true} they fail.
 */
public final class TestPostgres {
  private static final Path BINARIES = Path.of("/usr/lib/postgresql");

  private static @Nullable String url;

  /** The URL of an empty schema of its own, deleted when the JVM ends. */
  public static synchronized String freshSchema() {
    var server = server();
    var schema = "t" + UUID.randomUUID().toString().replace("-", "");
    execute(server, "CREATE SCHEMA " + schema);
    if (System.getenv("ROCKPOOL_TEST_POSTGRES") != null) {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> execute(server, "DROP SCHEMA " + schema + " CASCADE")));
    }
    return server + (server.contains("?") ? "&" : "?") + "currentSchema=" + schema;
  }

  private static String server() {
    if (url != null) {
      return url;
    }
    var given = System.getenv("ROCKPOOL_TEST_POSTGRES");
    if (given != null) {
      url = given;
      return given;
    }
    var binaries = binaries();
    if (binaries.isEmpty()) {
      var reason =
          "There is no PostgreSQL: install Debian's postgresql, or set ROCKPOOL_TEST_POSTGRES to a"
              + " JDBC URL.";
      if ("true".equals(System.getenv("CI"))) {
        Assertions.fail(reason);
      }
      System.out.println("Skipped: " + reason);
      return Assumptions.abort(reason);
    }
    var started = start(binaries.get());
    url = started;
    return started;
  }

  private static Optional<Path> binaries() {
    if (!Files.isDirectory(BINARIES)) {
      return Optional.empty();
    }
    try (var versions = Files.list(BINARIES)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String start(Path binaries) {
    try {
      var folder = Files.createTempDirectory("rockpool-postgres");
      ownedByServer(folder);
      var data = folder.resolve("data").toString();
      // Whoever stops the JVM halfway through leaves no cluster behind.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(binaries, folder)));
      run(
          folder,
          command(binaries, folder, "initdb", "-D", data, "-U", "rockpool", "-A", "trust")
              .with("--no-sync", "--no-locale", "-E", "UTF8"));
      int port = freePort();
      Files.writeString(
          folder.resolve("data/postgresql.conf"),
          """
          listen_addresses = '127.0.0.1'
          port = %d
          unix_socket_directories = '%s'
          fsync = off
          synchronous_commit = off
          full_page_writes = off
          shared_buffers = 64MB
          """
              .formatted(port, folder),
          StandardOpenOption.APPEND);
      run(
          folder,
          command(binaries, folder, "pg_ctl", "-D", data, "-l", folder.resolve("log").toString())
              .with("-w", "start"));
      return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=rockpool";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void end(Path binaries, Path folder) {
    try {
      var data = folder.resolve("data");
      if (Files.exists(data.resolve("postmaster.pid"))) {
        run(
            folder,
            command(binaries, folder, "pg_ctl", "-D", data.toString(), "-m", "immediate")
                .with("-w", "stop"));
      }
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Command(List<String> words) {
    Command with(String... more) {
      var all = new ArrayList<>(words);
      all.addAll(List.of(more));
      return new Command(all);
    }
  }

  private static Command command(Path binaries, Path folder, String program, String... arguments) {
    var words = new ArrayList<String>();
    if (isRoot()) {
      // PostgreSQL refuses to run as root.
      words.addAll(
          List.of("setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"));
    }
    words.addAll(
        List.of("env", "-i", "PATH=" + binaries + ":/usr/bin:/bin", "HOME=" + folder, "LC_ALL=C"));
    words.add(binaries.resolve(program).toString());
    words.addAll(List.of(arguments));
    return new Command(words);
  }

  private static void run(Path folder, Command command) throws IOException {
    var output = folder.resolve("output").toFile();
    var process =
        new ProcessBuilder(command.words())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
            .start();
    try {
      if (!process.waitFor(60, SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(
            "%s failed: %s".formatted(command.words(), Files.readString(output.toPath())));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static void ownedByServer(Path folder) throws IOException {
    if (!isRoot()) {
      return;
    }
    try {
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postgres"));
    } catch (UserPrincipalNotFoundException e) {
      throw new IOException("There is no user postgres to run PostgreSQL as", e);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void execute(String server, String statement) {
    try (var connection = DriverManager.getConnection(server);
        var it = connection.createStatement()) {
      it.execute(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private TestPostgres() {}
}
