package io.rockpool.edge.model;

import io.rockpool.control.provider.Protocol;
import java.util.Arrays;
import java.util.Optional;

/** Whose protocol a client speaks. */
enum Dialect {
  OPENAI("/llm/v1", Protocol.OPENAI),
  ANTHROPIC("/llm/anthropic/v1", Protocol.ANTHROPIC);

  private final String path;
  private final Protocol protocol;

  Dialect(String path, Protocol protocol) {
    this.path = path;
    this.protocol = protocol;
  }

  Protocol protocol() {
    return protocol;
  }

  /** Where it is mounted. */
  String path() {
    return path;
  }

  /** The one that a path is below of. */
  static Optional<Dialect> of(String path) {
    return Arrays.stream(values())
        .filter(it -> path.equals(it.path) || path.startsWith(it.path + "/"))
        .findFirst();
  }

  /** An error in the shape that its clients read. */
  byte[] error(ModelError error) {
    return switch (this) {
      case OPENAI -> error.openAi();
      case ANTHROPIC -> error.anthropic();
    };
  }
}
