package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.util.regex.Pattern;

/**
 * What lets others into one instance, and it into the model gateway. All three must be unguessable.
 *
 * @param edgeProof ends the name of the header by which the edge shows that a request is its own;
 *     16 to 64 lower-case letters and digits. It is in the name because OpenClaw shows a user
 *     header's value: in its log, in the Control UI and to the model (measured)
 * @param password for Rockpool's own calls to the gateway
 * @param modelKey the instance's virtual key at the model gateway
 * @param modelKeySerial how often that one was replaced: a gateway reads a secret again when the
 *     place of it changes
 */
public record GatewayKeys(Secret edgeProof, Secret password, Secret modelKey, long modelKeySerial) {
  private static final Pattern EDGE_PROOF = Pattern.compile("[a-z0-9]{16,64}");

  public GatewayKeys {
    if (!EDGE_PROOF.matcher(edgeProof.reveal()).matches()) {
      throw new IllegalArgumentException(
          "the edge's proof has 16 to 64 lower-case letters and digits");
    }
    if (password.reveal().length() < 20 || modelKey.reveal().isEmpty()) {
      throw new IllegalArgumentException(
          "a gateway password has 20 characters or more, and a model key is not empty");
    }
  }
}
