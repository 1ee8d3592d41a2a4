package io.rockpool.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The machine that the tests run on. */
final class Host {
  /** Skips the test, with a reason, where something is missing; CI has to have it. */
  static void has(String... programs) {
    for (var program : programs) {
      needs(find(program), program);
    }
  }

  /** Skips the test for others; walls between instances need root. */
  static void isRoot() {
    needs(System.getProperty("user.name").equals("root"), "root");
  }

  private static void needs(boolean able, String what) {
    if (!able) {
      assertThat(System.getenv("CI")).as("CI must have " + what).isNotEqualTo("true");
      abort("this host has no " + what);
    }
  }

  private static boolean find(String program) {
    var path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin";
    return Stream.of(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  static Path cache() {
    var named = System.getenv("ROCKPOOL_CACHE");
    return named == null || named.isBlank()
        ? Path.of(System.getProperty("user.home"), ".cache/rockpool")
        : Path.of(named);
  }

  /** The Node.js that OpenClaw was installed with. */
  static Path node() throws IOException {
    try (var installs = Files.newDirectoryStream(cache().resolve("openclaw"), "*-*")) {
      for (var install : installs) {
        var node = install.resolve("node_modules/.bin/node");
        if (Files.isExecutable(node)) {
          return node;
        }
      }
    }
    throw new IOException("no install of OpenClaw in " + cache());
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** A process that ended counts as gone, whether or not its parent has noticed. */
  static boolean isAlive(long pid) {
    try {
      var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return !stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
    } catch (IOException gone) {
      return false;
    }
  }

  static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  static boolean isFree(int port) {
    try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  /** A process and all that it started. */
  static List<Long> tree(long pid) {
    return ProcessHandle.of(pid).stream()
        .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
        .map(ProcessHandle::pid)
        .toList();
  }

  /** The command lines that name a path which begins so. */
  static List<String> running(Path path) {
    return ProcessHandle.allProcesses()
        .flatMap(it -> it.info().commandLine().stream())
        .filter(it -> it.contains(path.toString()))
        .toList();
  }

  static void delete(Path folder) {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Host() {}
}
