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
 * What is known about an instance's last doze.
 *
 * @param nonce of the life that it belongs to
 * @param outOfMemoryKills that its control group had counted before: one more means that the host
 *     took its memory while it dozed
 * @param shortfalls what dozing did not save
 */
record NapRecord(String nonce, long outOfMemoryKills, List<Shortfall> shortfalls) {
  private static final JsonMapper JSON = JsonMapper.shared();

  NapRecord {
    shortfalls = List.copyOf(shortfalls);
  }

  static Optional<NapRecord> read(Path file) {
    try {
      return Optional.of(JSON.readValue(Files.readString(file), NapRecord.class));
    } catch (IOException | JacksonException absent) {
      return Optional.empty();
    }
  }

  String json() {
    return JSON.writeValueAsString(this);
  }
}
