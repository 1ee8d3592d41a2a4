package io.rockpool.control.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM with a drawn nonce of 96 bits (NIST SP 800-38D): one byte that names the format, the
 * nonce, the encrypted text and the tag of 128 bits. One key must not encrypt more than 2^32 texts;
 * an account's key has a few thousand.
 */
final class Aead {
  private static final byte FORMAT = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  static byte[] seal(SecretKey key, byte[] text, String context) {
    var nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    try {
      var sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, context).doFinal(text);
      return ByteBuffer.allocate(1 + NONCE_BYTES + sealed.length)
          .put(FORMAT)
          .put(nonce)
          .put(sealed)
          .array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES-256-GCM", e);
    }
  }

  /**
   * @throws VaultException when it was sealed by another key or in another context, or was changed
   */
  static byte[] open(SecretKey key, byte[] sealed, String context) {
    if (sealed.length < 1 + NONCE_BYTES + TAG_BITS / Byte.SIZE || sealed[0] != FORMAT) {
      throw new VaultException("a secret in the database is not in a form that this version knows");
    }
    var from = ByteBuffer.wrap(sealed);
    from.get();
    var nonce = new byte[NONCE_BYTES];
    from.get(nonce);
    var rest = new byte[from.remaining()];
    from.get(rest);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, nonce, context).doFinal(rest);
    } catch (AEADBadTagException e) {
      throw new VaultException(
          "a secret in the database was changed, or belongs elsewhere, or its key is another one",
          e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES-256-GCM", e);
    }
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String context)
      throws GeneralSecurityException {
    var cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  private Aead() {}
}
