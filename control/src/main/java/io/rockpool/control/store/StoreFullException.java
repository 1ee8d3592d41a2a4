package io.rockpool.control.store;

/** The disk of the database is full. The message names it, and says what to do. */
public final class StoreFullException extends StoreException {
  StoreFullException(String message, Exception cause) {
    super(message, cause);
  }
}
