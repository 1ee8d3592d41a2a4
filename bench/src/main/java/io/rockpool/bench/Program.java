package io.rockpool.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that a benchmark starts and ends, with all that it started. */
final class Program implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final Process process;
  private final Path log;

  private Program(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it.
   *
   * @param log takes what it prints
   * @param environment complete
   */
  static Program start(Path log, Map<String, String> environment, List<String> command)
      throws IOException {
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return new Program(builder.start(), log);
  }

  /** This process's environment without settings of Rockpool, which would change what is run. */
  static Map<String, String> plainEnvironment(Path cache) {
    var environment = new TreeMap<>(System.getenv());
    environment.keySet().removeIf(it -> it.startsWith("ROCKPOOL_"));
    environment.put("ROCKPOOL_CACHE", cache.toString());
    environment.put("ROCKPOOL_POOL_MOST", "0"); // or instances would start beside what is measured
    return environment;
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  static boolean listens(int port) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  /** Asks again and again until the condition holds. */
  void await(Duration every, Duration limit, Condition condition)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.holds()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new IOException(
            "%s in %d s. It printed:%n%s"
                .formatted(
                    process.isAlive() ? "Not ready" : "It ended",
                    limit.toSeconds(),
                    printed().strip()));
      }
      Thread.sleep(every);
    }
  }

  String printed() throws IOException {
    return Files.readString(log);
  }

  /** Processor time of it and all that it started, so far. */
  Duration cpuTime() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .flatMap(it -> it.info().totalCpuDuration().stream())
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Ends it at once, and nothing that it started. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    var others = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(GRACE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    others.forEach(ProcessHandle::destroyForcibly);
  }
}
