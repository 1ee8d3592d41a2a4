package io.rockpool.control.vault;

/** A secret cannot be kept or read now. The message says why and never holds a part of one. */
public final class VaultException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public VaultException(String message) {
    super(message);
  }

  public VaultException(String message, Throwable cause) {
    super(message, cause);
  }
}
