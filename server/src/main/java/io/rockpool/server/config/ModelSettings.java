package io.rockpool.server.config;

import io.rockpool.control.provider.Protocol;
import io.rockpool.runtime.Secret;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The model behind all instances.
 *
 * @param upstream the operator's endpoint; null for the built-in demo model
 * @param refusesUnpriced whether no model without a price is called on the operator's bill
 */
public record ModelSettings(
    @Nullable Upstream upstream, int contextWindow, int maxTokens, boolean refusesUnpriced) {
  /**
   * @param baseUrl of an OpenAI- or Anthropic-compatible API, without a slash at its end
   */
  public record Upstream(URI baseUrl, Secret key, String model, Protocol api) {}
}
