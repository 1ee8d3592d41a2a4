package io.rockpool.control.vault;

/**
 * Encrypts data keys: a master key that is here, or a service that keeps one (a KMS). What it wraps
 * for one context it unwraps for no other.
 */
public interface KeyWrap {
  /**
   * Names the master key, so that it is found again after a newer one came; 1 to 200 characters.
   */
  String id();

  /**
   * Encrypts.
   *
   * @param key 32 bytes; not changed
   * @param context whose key it is; bound to the result, not part of it
   * @throws VaultException when the service does not answer, or refuses
   */
  byte[] wrap(byte[] key, String context);

  /**
   * Decrypts.
   *
   * @throws VaultException when it was wrapped by another key or for another context, or was
   *     changed, or when the service does not answer
   */
  byte[] unwrap(byte[] wrapped, String context);
}
