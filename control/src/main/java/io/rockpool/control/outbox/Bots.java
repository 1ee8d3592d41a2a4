package io.rockpool.control.outbox;

import io.rockpool.channel.Bot;
import java.util.Optional;

/** Our ends at platforms. */
public interface Bots {
  /**
   * Our end of a connection; empty where there is none any more.
   *
   * @throws io.rockpool.control.vault.VaultException when its token cannot be read now
   */
  Optional<Bot> of(String connection);
}
