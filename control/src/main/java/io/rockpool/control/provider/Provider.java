package io.rockpool.control.provider;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model provider, without its key.
 *
 * @param accountId whose it is; that of {@link Providers#OPERATOR} serves all accounts
 * @param name 1 to 40 lower-case letters, digits and dashes
 * @param base of its API, which the paths of the protocol follow, e.g. {@code
 *     https://api.example.com/v1}
 * @param models that it serves; those first that are preferred
 * @param priority of several that serve a model the one with the lowest is asked first; 0 to 1,000
 * @param inside whether {@code base} may be in a private network, and plain http
 * @param silence a call on which nothing moves for so long has failed; 1 second to 1 hour
 */
public record Provider(
    String accountId,
    String name,
    Protocol protocol,
    URI base,
    List<Model> models,
    int priority,
    StreamedUsage usage,
    boolean inside,
    Duration silence) {
  /** So many models of one provider at most. */
  public static final int MOST_MODELS = 200;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

  /**
   * A model.
   *
   * @param name as clients ask for it: letters, digits and {@code . _ : / -}, 1 to 128 characters
   * @param upstream as the provider calls it
   * @param contextWindow tokens in and out together; 1 or more
   * @param maxTokens tokens of one answer, where a client does not say; 1 to {@code contextWindow}
   * @param limit by which a chat completion's answer is limited; empty to go by {@code upstream}
   */
  public record Model(
      String name, String upstream, int contextWindow, int maxTokens, Optional<AnswerLimit> limit) {
    private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}");

    public Model {
      for (var each : List.of(name, upstream)) {
        if (!NAMES.matcher(each).matches()) {
          throw new IllegalArgumentException(
              "'%s' is no name of a model: use letters, digits and . _ : / -, 128 at most"
                  .formatted(each));
        }
      }
      if (contextWindow < 1 || maxTokens < 1 || maxTokens > contextWindow) {
        throw new IllegalArgumentException(
            "model '%s': maxTokens (%d) must be 1 to contextWindow (%d)"
                .formatted(name, maxTokens, contextWindow));
      }
    }
  }

  public Provider {
    checked(base);
    if (!inside && !"https".equals(base.getScheme())) {
      throw new IllegalArgumentException("the base URL must begin with https://");
    }
    models = List.copyOf(models);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no name of a provider: use lower-case letters, digits and dashes, 40 at most"
              .formatted(name));
    }
    if (models.isEmpty() || models.size() > MOST_MODELS) {
      throw new IllegalArgumentException("a provider has 1 to %d models".formatted(MOST_MODELS));
    }
    var names = new HashSet<String>();
    for (var model : models) {
      if (!names.add(model.name())) {
        throw new IllegalArgumentException("model '%s' is there twice".formatted(model.name()));
      }
    }
    if (priority < 0 || priority > 1_000) {
      throw new IllegalArgumentException("priority is %d: set 0 to 1000".formatted(priority));
    }
    if (silence.compareTo(Duration.ofSeconds(1)) < 0
        || silence.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("a provider may be silent for 1 second to 1 hour");
    }
  }

  /**
   * A base URL that can be called.
   *
   * @throws IllegalArgumentException when it is no http or https URL of a host, or has more than a
   *     path
   */
  public static URI checked(URI base) {
    var scheme = base.getScheme();
    if (!("http".equals(scheme) || "https".equals(scheme))
        || base.getHost() == null
        || base.getRawUserInfo() != null
        || base.getRawQuery() != null
        || base.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "a base URL must look like https://api.example.com/v1, without user, query and fragment");
    }
    return base;
  }

  public Optional<Model> model(String wanted) {
    return models.stream().filter(it -> it.name().equals(wanted)).findFirst();
  }
}
