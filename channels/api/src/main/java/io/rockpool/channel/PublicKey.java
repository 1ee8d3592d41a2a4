package io.rockpool.channel;

import io.rockpool.runtime.Secret;

/**
 * The ability to tell by what the platform proves itself: where that is a public key which it says
 * itself, nobody needs to enter it.
 */
public interface PublicKey {
  /** As {@link Keys#secret}. Asks the platform. */
  Outcome<Secret> publicKey();
}
