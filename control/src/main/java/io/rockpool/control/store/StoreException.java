package io.rockpool.control.store;

/** The database failed; nothing of the failed statement or transaction is kept. */
public final class StoreException extends RuntimeException {
  StoreException(String message, Exception cause) {
    super(message, cause);
  }
}
