package io.rockpool.control.openclaw;

import io.rockpool.control.provider.Protocol;
import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The one model that an instance sees: the model gateway's, reached with the instance's virtual
 * key.
 *
 * @param baseUrl as the instance reaches it, e.g. {@code http://127.0.0.1:3000/llm/v1}; http or
 *     https
 * @param model its id there: letters, digits and {@code . _ : / -}, 1 to 128 characters
 * @param displayName for people; not blank
 * @param contextWindow tokens in and out together; 1 or more
 * @param maxTokens tokens of one answer; 1 to {@code contextWindow}
 */
public record ModelEndpoint(
    URI baseUrl,
    Protocol protocol,
    String model,
    String displayName,
    int contextWindow,
    int maxTokens) {
  private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}");

  public ModelEndpoint {
    var scheme = baseUrl.getScheme();
    if (scheme == null || !Set.of("http", "https").contains(scheme) || baseUrl.getHost() == null) {
      throw new IllegalArgumentException(
          "'%s' is no model address: use http://host/path or https://host/path".formatted(baseUrl));
    }
    if (baseUrl.getUserInfo() != null) {
      throw new IllegalArgumentException("a model address holds no user name and no password");
    }
    if (!MODEL.matcher(model).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no model id: use letters, digits and . _ : / -".formatted(model));
    }
    if (displayName.isBlank() || displayName.contains("${")) {
      throw new IllegalArgumentException("a model needs a display name, without ${");
    }
    if (contextWindow < 1 || maxTokens < 1 || maxTokens > contextWindow) {
      throw new IllegalArgumentException(
          "max tokens (%d) must be 1 to the context window (%d)"
              .formatted(maxTokens, contextWindow));
    }
  }
}
