package io.rockpool.control.vault;

import java.util.Base64;

/** Encrypted bytes as a text column has them: Base64. */
final class InText {
  static String of(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /**
   * @throws VaultException when it is not Base64
   */
  static byte[] bytes(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new VaultException("a secret in the database was changed", e);
    }
  }

  private InText() {}
}
