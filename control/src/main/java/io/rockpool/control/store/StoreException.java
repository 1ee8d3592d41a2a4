package io.rockpool.control.store;

import java.sql.SQLException;

/** The database failed; nothing of the failed statement or transaction is kept. */
public final class StoreException extends RuntimeException {
  StoreException(String message, SQLException cause) {
    super(message, cause);
  }
}
