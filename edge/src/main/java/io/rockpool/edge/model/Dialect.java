package io.rockpool.edge.model;

import java.util.Arrays;
import java.util.Optional;

/** Whose protocol a client speaks. */
enum Dialect {
  OPENAI("/llm/v1"),
  ANTHROPIC("/llm/anthropic/v1");

  private final String path;

  Dialect(String path) {
    this.path = path;
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
