package io.rockpool.edge.model;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;

/**
 * The model provider that all instances use.
 *
 * @param base of an OpenAI-compatible API, e.g. {@code https://api.example.com/v1}; http or https
 * @param key the operator's; never leaves the control plane for an instance
 * @param bodyBytes the longest request; 1 KiB to 1 GiB
 * @param callsPerInstance calls in flight of one instance; 1 to 1,000
 * @param silence a call on which nothing moves for so long has failed; 1 second or more
 */
public record ModelUpstream(
    URI base, Secret key, long bodyBytes, int callsPerInstance, Duration silence) {
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
    if (bodyBytes < 1L << 10 || bodyBytes > 1L << 30) {
      throw new IllegalArgumentException(
          "model.body-bytes is %d: set 1024 to 1073741824".formatted(bodyBytes));
    }
    if (callsPerInstance < 1 || callsPerInstance > 1_000) {
      throw new IllegalArgumentException(
          "model.calls-per-instance is %d: set 1 to 1000".formatted(callsPerInstance));
    }
    if (silence.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "model.silence is %s: set 1 second or more".formatted(silence));
    }
  }

  /** With the usual limits: 32 MiB, 16 calls of one instance at once, 5 minutes of silence. */
  public static ModelUpstream of(URI base, Secret key) {
    return new ModelUpstream(base, key, 32L << 20, 16, Duration.ofMinutes(5));
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
