package io.rockpool.control.openclaw;

/** How far a person is who links an account of a platform to an instance by a code. */
public sealed interface Linking {
  /**
   * To be scanned with the platform's app.
   *
   * @param image a QR code as the gateway draws it: {@code data:image/png;base64,…}, up to 16 KB
   */
  record Code(String image) implements Linking {}

  /** Nothing new: nobody has scanned the code so far. */
  record Waiting() implements Linking {}

  /** It is linked, and the gateway connects to the platform. */
  record Linked() implements Linking {}

  /** Nobody scanned a code in time; ask for another. */
  record Expired() implements Linking {}

  /** Somebody else asked for a code at the same time: ask for that. */
  record Replaced() implements Linking {}

  /** The gateway cannot say yet; ask again in a moment. */
  record NotYet(String advice) implements Linking {}

  /**
   * It went wrong.
   *
   * @param why in the gateway's words, on one line
   */
  record Failed(String why) implements Linking {}
}
