package io.rockpool.control.secret;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The one key of a home. Every secret of every instance is derived from it (HKDF-SHA256, RFC 5869),
 * so none is stored.
 */
public final class HomeKey {
  private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

  /** What a derived secret is for. The name is part of the derivation: never rename one. */
  public enum Purpose {
    /** Rockpool's own password at an instance's gateway. */
    GATEWAY_PASSWORD,
    /** Ends the name of the header by which a gateway knows the edge. */
    EDGE_PROOF,
    /** The key by which an instance calls the model gateway. */
    MODEL_KEY,
    /** Signs the edge's browser sessions. */
    BROWSER_SESSION,
    /** The edge's proof that a request is the control plane's own probe. */
    PROBE
  }

  private final byte[] key;

  HomeKey(byte[] key) {
    this.key = key.clone();
  }

  /**
   * Reads the key, or makes a new one (mode 0600) where there is none.
   *
   * @throws IOException when the file cannot be read, or holds anything but one key
   */
  public static HomeKey at(Path file) throws IOException {
    var keys = new KeyFile(file).keys();
    if (keys.size() > 1) {
      throw new IOException(
          "%s holds more than one key: restore it from your backup".formatted(file));
    }
    return new HomeKey(keys.getFirst());
  }

  /** The secret of one instance for one purpose: 43 letters, digits, dashes and underscores. */
  public Secret of(InstanceId id, Purpose purpose) {
    return Secret.of(TEXT.encodeToString(derive(purpose.name() + ":" + id)));
  }

  /**
   * The same for a secret that can be replaced.
   *
   * @param serial how often it was; 0 gives the same as without it
   */
  public Secret of(InstanceId id, Purpose purpose, long serial) {
    return serial == 0
        ? of(id, purpose)
        : Secret.of(TEXT.encodeToString(derive(purpose.name() + ":" + id + ":" + serial)));
  }

  /** The same where only lower-case letters and digits may stand: 64 hexadecimal digits. */
  public Secret hexOf(InstanceId id, Purpose purpose) {
    return Secret.of(HexFormat.of().formatHex(derive(purpose.name() + ":" + id)));
  }

  /** A secret of the home itself. */
  public Secret of(Purpose purpose) {
    return Secret.of(TEXT.encodeToString(derive(purpose.name())));
  }

  private byte[] derive(String info) {
    try {
      var parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(key)
              .thenExpand(("rockpool:" + info).getBytes(StandardCharsets.UTF_8), KeyFile.KEY_BYTES);
      return KDF.getInstance("HKDF-SHA256").deriveData(parameters);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK 25 has HKDF-SHA256", e);
    }
  }
}
