package io.rockpool.edge.model;

import io.rockpool.control.provider.AnswerLimit;
import io.rockpool.control.provider.Provider;
import io.rockpool.control.provider.StreamedUsage;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * A model provider, for one model.
 *
 * @param name for the books and the log
 * @param base of an OpenAI- or Anthropic-compatible API, e.g. {@code https://api.example.com/v1};
 *     http or https
 * @param key never leaves the control plane for an instance; empty text where none is needed
 * @param model as this provider calls it; empty for the name that was asked for
 * @param maxTokens of one answer, where the client does not say; 1 or more
 * @param limit by which a chat completion's answer is limited; empty to go by the model's name
 * @param usage how it tells what a stream used
 * @param silence a call on which nothing moves for so long has failed; 1 second or more
 * @param payer who pays it
 */
public record ModelUpstream(
    String name,
    URI base,
    Secret key,
    Optional<String> model,
    int maxTokens,
    Optional<AnswerLimit> limit,
    StreamedUsage usage,
    Duration silence,
    Payer payer,
    Reach reach) {
  /** Whose bill a call is on. */
  public enum Payer {
    OPERATOR,
    /** The account brought a key of its own: Rockpool counts its tokens, and no money. */
    ACCOUNT
  }

  /** Where {@code base} may be. */
  public enum Reach {
    ANYWHERE,
    /** It is a user's: looked at again for each connection. */
    INTERNET
  }

  public ModelUpstream {
    Provider.checked(base);
    if (maxTokens < 1) {
      throw new IllegalArgumentException(
          "model.max-tokens is %d: set 1 or more".formatted(maxTokens));
    }
    if (silence.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "model.silence is %s: set 1 second or more".formatted(silence));
    }
  }

  /** The operator's, for any model, that may be silent for five minutes; named after its host. */
  public static ModelUpstream of(URI base, Secret key, int maxTokens) {
    return new ModelUpstream(
        String.valueOf(base.getHost()),
        base,
        key,
        Optional.empty(),
        maxTokens,
        Optional.empty(),
        StreamedUsage.ASKED,
        Duration.ofMinutes(5),
        Payer.OPERATOR,
        Reach.ANYWHERE);
  }

  /** The same, but that it may not be silent for longer. */
  ModelUpstream silentFor(Duration most) {
    return silence.compareTo(most) <= 0
        ? this
        : new ModelUpstream(name, base, key, model, maxTokens, limit, usage, most, payer, reach);
  }

  int port() {
    if (base.getPort() > 0) {
      return base.getPort();
    }
    return "https".equals(base.getScheme()) ? 443 : 80;
  }

  /** The base's path without a slash at its end. */
  String path() {
    var path = base.getRawPath() == null ? "" : base.getRawPath();
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
