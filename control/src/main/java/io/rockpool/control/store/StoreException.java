package io.rockpool.control.store;

/** The database failed; nothing of the failed statement or transaction is kept. */
public sealed class StoreException extends RuntimeException permits StoreFullException {
  StoreException(String message, Exception cause) {
    super(message, cause);
  }
}
