package io.rockpool.channel.generic;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rockpool.channel.StrictJson;
import io.rockpool.runtime.Secret;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.node.ObjectNode;

/** Opens encrypted bodies. Whoever has no key learns nothing of how it failed. */
final class Envelope {
  private static final int BLOCK = 16;

  private final String name;
  private final byte[] key;

  /**
   * @param name see {@link Scheme#encrypted}
   */
  Envelope(String name, Secret secret) {
    this.name = name;
    try {
      key = MessageDigest.getInstance("SHA-256").digest(secret.reveal().getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** What is inside; the body itself where it is not encrypted, and empty where it is no JSON. */
  Optional<ObjectNode> open(byte[] body) {
    return StrictJson.object(body)
        .flatMap(it ->
            name.isEmpty() || !it.path(name).isString()
                ? Optional.of(it)
                : decrypted(it.path(name).stringValue()).flatMap(StrictJson::object));
  }

  Optional<byte[]> decrypted(String encrypted) {
    try {
      var bytes = Base64.getDecoder().decode(encrypted);
      if (bytes.length < 2 * BLOCK) {
        return Optional.empty();
      }
      var cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(key, "AES"),
          new IvParameterSpec(Arrays.copyOf(bytes, BLOCK)));
      return Optional.of(cipher.doFinal(bytes, BLOCK, bytes.length - BLOCK));
    } catch (IllegalArgumentException | GeneralSecurityException notForUs) {
      return Optional.empty();
    }
  }
}
