package io.rockpool.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds out who listens on a TCP port of this host, from proc(5). */
final class PortHolder {
  /** As {@code pid 4711 (nginx)}; empty where this user may not know. */
  static Optional<String> of(int port) {
    try {
      var sockets =
          Stream.concat(
                  listening(Path.of("/proc/net/tcp"), port),
                  listening(Path.of("/proc/net/tcp6"), port))
              .map("socket:[%s]"::formatted)
              .collect(Collectors.toSet());
      if (sockets.isEmpty()) {
        return Optional.empty();
      }
      try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
        for (var process : processes) {
          if (holds(process, sockets)) {
            var name = Files.readString(process.resolve("comm")).strip();
            return Optional.of("pid %s (%s)".formatted(process.getFileName(), name));
          }
        }
      }
    } catch (IOException e) {
      // Not this user's to know, or no Linux.
    }
    return Optional.empty();
  }

  /** The inodes of sockets in state 0A (LISTEN) on this port. */
  private static Stream<String> listening(Path table, int port) throws IOException {
    var suffix = ":%04X".formatted(port);
    return Files.exists(table)
        ? Files.readAllLines(table).stream()
            .map(line -> line.strip().split("\\s+", -1))
            .filter(it -> it.length > 9 && it[1].endsWith(suffix) && it[3].equals("0A"))
            .map(it -> it[9])
        : Stream.empty();
  }

  private static boolean holds(Path process, Set<String> sockets) {
    try (var descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (var descriptor : descriptors) {
        if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
          return true;
        }
      }
    } catch (IOException goneOrNotOurs) {
      return false;
    }
    return false;
  }

  private PortHolder() {}
}
