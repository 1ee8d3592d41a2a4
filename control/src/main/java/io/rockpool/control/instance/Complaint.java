package io.rockpool.control.instance;

/**
 * What is wrong with a request, in one place of it.
 *
 * @param pointer JSON pointer (RFC 6901) into the request, e.g. {@code /config/gateway/port}
 * @param message what is wrong there and what to do; shows no secret
 */
public record Complaint(Kind kind, String pointer, String message) {
  public enum Kind {
    UNKNOWN_PLAN,
    UNKNOWN_RUNTIME,
    UNKNOWN_AGENT,
    /** A configuration key that the account may not set. */
    LOCKED_KEY,
    /** OpenClaw's own schema refuses it, or it is too large or too deep. */
    INVALID_CONFIG,
    /** Somebody has to pay first. */
    UNPAID,
    INVALID_VALUE
  }
}
