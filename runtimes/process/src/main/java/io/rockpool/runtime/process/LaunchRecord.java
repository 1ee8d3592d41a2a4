package io.rockpool.runtime.process;

import io.rockpool.runtime.Shortfall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * How an instance was started, for whoever looks at it later.
 *
 * @param port where its gateway listens on the loopback
 * @param user its own user id, or -1 when it has ours
 * @param depth how many processes of ours stand above its command: the number of steps from the
 *     lifemark's pid down to it
 */
record LaunchRecord(
    String nonce,
    long generation,
    long port,
    long user,
    int depth,
    long memoryBytes,
    List<Shortfall> shortfalls) {
  static final long NO_USER = -1;

  private static final JsonMapper JSON = JsonMapper.shared();

  LaunchRecord {
    shortfalls = List.copyOf(shortfalls);
  }

  static Optional<LaunchRecord> read(Path file) {
    try {
      return Optional.of(JSON.readValue(Files.readString(file), LaunchRecord.class));
    } catch (IOException | JacksonException absent) {
      return Optional.empty();
    }
  }

  String json() {
    return JSON.writeValueAsString(this);
  }
}
