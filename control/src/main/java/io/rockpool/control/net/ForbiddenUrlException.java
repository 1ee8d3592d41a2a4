package io.rockpool.control.net;

/** This server does not call such an address for a user. The message is for that user. */
public final class ForbiddenUrlException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  ForbiddenUrlException(String message) {
    super(message);
  }
}
