package io.rockpool.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * Where a benchmark runs.
 *
 * @param checkout the folder of the launcher
 * @param jar this program's own
 * @param cache what was fetched and can be fetched again
 * @param temp deleted at the end
 */
record Site(Path checkout, Path jar, Path cache, Path temp, PrintStream out)
    implements AutoCloseable {
  /** The OpenClaw that Rockpool installed. */
  Path openclaw() throws IOException {
    var folder = cache.resolve("openclaw");
    var installs = List.<Path>of();
    if (Files.isDirectory(folder)) {
      try (var found = Files.list(folder)) {
        installs = found.filter(it -> Files.exists(program(it, "openclaw"))).sorted().toList();
      }
    }
    if (installs.isEmpty()) {
      throw new IOException(
          "There is no OpenClaw in %s. Fetch it: ./rockpool up, and end it when hello runs."
              .formatted(folder));
    }
    return installs.getLast();
  }

  /** A program of an npm install. */
  static Path program(Path install, String name) {
    return install.resolve("node_modules/.bin").resolve(name);
  }

  /** Prints a line of text between the tables. */
  void say(String text) {
    out.println(text);
    out.flush();
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.walk(temp)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
