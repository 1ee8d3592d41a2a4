package io.rockpool.control.channel;

/** How far a person is who links an account by a code. */
public sealed interface Login {
  /** The instance is being woken, and asks the platform for a code. */
  record Waking() implements Login {}

  /**
   * A code waits to be scanned; each replaces the one before.
   *
   * @param code a QR code: {@code data:image/png;base64,…}, up to 16 KB
   */
  record Waiting(String code) implements Login {}

  /**
   * It is linked.
   *
   * @param self whose it is, e.g. a phone number; empty if the instance does not say yet
   */
  record Connected(String self) implements Login {}

  /** Nobody scanned a code for three minutes. */
  record Expired() implements Login {}

  /** It cannot be. */
  record Failed(String advice) implements Login {}
}
