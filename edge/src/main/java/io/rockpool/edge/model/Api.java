package io.rockpool.edge.model;

import java.util.Arrays;
import java.util.Optional;

/** What can be asked of a model, by which words. */
enum Api {
  CHAT(Dialect.OPENAI, "/chat/completions", "POST"),
  COMPLETIONS(Dialect.OPENAI, "/completions", "POST"),
  RESPONSES(Dialect.OPENAI, "/responses", "POST"),
  EMBEDDINGS(Dialect.OPENAI, "/embeddings", "POST"),
  MODELS(Dialect.OPENAI, "/models", "GET"),
  MESSAGES(Dialect.ANTHROPIC, "/messages", "POST"),
  ANTHROPIC_MODELS(Dialect.ANTHROPIC, "/models", "GET");

  private final Dialect dialect;
  private final String path;
  private final String method;

  Api(Dialect dialect, String path, String method) {
    this.dialect = dialect;
    this.path = path;
    this.method = method;
  }

  /** The call of a path below {@link Dialect#path}. A provider's files and bills are none. */
  static Optional<Api> at(Dialect dialect, String path) {
    return Arrays.stream(values())
        .filter(it -> it.dialect == dialect && it.path.equals(path))
        .findFirst();
  }

  Dialect dialect() {
    return dialect;
  }

  /** Begins with a slash; the same below a provider's base URL. */
  String path() {
    return path;
  }

  String method() {
    return method;
  }

  /** Whether it uses tokens. */
  boolean isMetered() {
    return method.equals("POST");
  }
}
