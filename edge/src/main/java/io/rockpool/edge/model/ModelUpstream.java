package io.rockpool.edge.model;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;

/**
 * A model provider.
 *
 * @param name for the books and the log
 * @param base of an OpenAI- or Anthropic-compatible API, e.g. {@code https://api.example.com/v1};
 *     http or https
 * @param key the operator's; never leaves the control plane for an instance
 * @param maxTokens of one answer, where the client does not say; 1 or more
 * @param silence a call on which nothing moves for so long has failed; 1 second or more
 */
public record ModelUpstream(String name, URI base, Secret key, int maxTokens, Duration silence) {
  public ModelUpstream {
    var scheme = base.getScheme();
    if (!("http".equals(scheme) || "https".equals(scheme))
        || base.getHost() == null
        || base.getRawUserInfo() != null
        || base.getRawQuery() != null
        || base.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "ROCKPOOL_MODEL_BASE_URL must look like https://api.example.com/v1, without user, query and fragment");
    }
    if (maxTokens < 1) {
      throw new IllegalArgumentException(
          "model.max-tokens is %d: set 1 or more".formatted(maxTokens));
    }
    if (silence.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "model.silence is %s: set 1 second or more".formatted(silence));
    }
  }

  /** One that may be silent for five minutes, named after its host. */
  public static ModelUpstream of(URI base, Secret key, int maxTokens) {
    return new ModelUpstream(
        String.valueOf(base.getHost()), base, key, maxTokens, Duration.ofMinutes(5));
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
