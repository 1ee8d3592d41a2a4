package io.rockpool.control.openclaw;

/** What a gateway says about an account that a person links to it. */
public sealed interface LinkedAccount {
  /**
   * The account.
   *
   * @param isLinked whether the gateway holds what it is let in by
   * @param isConnected whether messages come now
   * @param self whose it is, by the platform's words, e.g. a phone number; empty if not known
   * @param trouble what went wrong last, in the gateway's words, on one line; empty for nothing
   */
  record Known(boolean isLinked, boolean isConnected, String self, String trouble)
      implements LinkedAccount {}

  /** It could not be asked, or does not know the platform yet. */
  record Unavailable(String advice) implements LinkedAccount {}
}
