package io.rockpool.channel.generic;

import io.rockpool.channel.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import tools.jackson.databind.JsonNode;

/** What platforms' documentation gives as examples, and what was computed from their rules. */
final class Vectors {
  static JsonNode of(String name) {
    try (var file = Vectors.class.getResourceAsStream("vectors.json")) {
      return StrictJson.object(file.readAllBytes()).orElseThrow().path(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Vectors() {}
}
