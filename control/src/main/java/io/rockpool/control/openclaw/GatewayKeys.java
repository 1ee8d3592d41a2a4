package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * What lets others into one instance, and it into the model gateway. All three must be unguessable.
 *
 * @param edgeUser the user name by which the edge shows that a request is its own; 20 to 128
 *     letters, digits, {@code -} and {@code _}
 * @param password for Rockpool's own calls to the gateway
 * @param modelKey the instance's virtual key at the model gateway
 */
public record GatewayKeys(Secret edgeUser, Secret password, Secret modelKey) {
  private static final Pattern EDGE_USER = Pattern.compile("[A-Za-z0-9_-]{20,128}");

  public GatewayKeys {
    if (!EDGE_USER.matcher(edgeUser.reveal()).matches()) {
      throw new IllegalArgumentException(
          "an edge user name has 20 to 128 letters, digits, dashes and underscores");
    }
    if (password.reveal().length() < 20 || modelKey.reveal().isEmpty()) {
      throw new IllegalArgumentException(
          "a gateway password has 20 characters or more, and a model key is not empty");
    }
  }

  /** New keys of 192 random bits each. */
  public static GatewayKeys draw(SecureRandom random, Secret modelKey) {
    return new GatewayKeys(word("edge-", random), word("", random), modelKey);
  }

  private static Secret word(String prefix, SecureRandom random) {
    var bytes = new byte[24];
    random.nextBytes(bytes);
    return Secret.of(prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }
}
