package io.rockpool.edge.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What can be asked of a model, by which words. */
enum Api {
  CHAT(Dialect.OPENAI, "/chat/completions", "POST"),
  COMPLETIONS(Dialect.OPENAI, "/completions", "POST"),
  RESPONSES(Dialect.OPENAI, "/responses", "POST"),
  EMBEDDINGS(Dialect.OPENAI, "/embeddings", "POST"),
  MODELS(Dialect.OPENAI, "/models", "GET"),
  MODEL(Dialect.OPENAI, "/models/", "GET"),
  MESSAGES(Dialect.ANTHROPIC, "/messages", "POST"),
  /** Counts what a call would read, without making it. Costs nothing. */
  COUNT_TOKENS(Dialect.ANTHROPIC, "/messages/count_tokens", "POST"),
  ANTHROPIC_MODELS(Dialect.ANTHROPIC, "/models", "GET"),
  ANTHROPIC_MODEL(Dialect.ANTHROPIC, "/models/", "GET");

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
        .filter(it ->
            it.dialect == dialect
                && (it.isOfOneModel() ? path.startsWith(it.path) : path.equals(it.path)))
        .findFirst();
  }

  Dialect dialect() {
    return dialect;
  }

  /**
   * Begins with a slash; the same below a provider's base URL. Where one model is asked for, its
   * name follows.
   */
  String path() {
    return path;
  }

  String method() {
    return method;
  }

  /** Whether it asks for a model by its path, which that of the model follows. */
  boolean isOfOneModel() {
    return path.endsWith("/");
  }

  /** Whether it goes into the books: all that has a body. */
  boolean isMetered() {
    return method.equals("POST");
  }

  /** The members of a request that limit the length of its answer. A provider may obey but one. */
  List<String> limits() {
    return switch (this) {
      case CHAT -> List.of("max_completion_tokens", "max_tokens");
      case COMPLETIONS, MESSAGES -> List.of("max_tokens");
      case RESPONSES -> List.of("max_output_tokens");
      case EMBEDDINGS, COUNT_TOKENS, MODELS, MODEL, ANTHROPIC_MODELS, ANTHROPIC_MODEL -> List.of();
    };
  }

  /** Whether it uses tokens. */
  boolean usesTokens() {
    return isMetered() && this != COUNT_TOKENS;
  }
}
