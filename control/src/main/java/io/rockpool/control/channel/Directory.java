package io.rockpool.control.channel;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Receiver;
import java.util.Optional;

/**
 * The connections whose messages are taken, as this server knows them: its own changes at once,
 * those of other servers within about a second. Never asks the database for a stranger.
 */
public interface Directory {
  /**
   * A connection, and what reads its webhook.
   *
   * @param receiver made with its secret; it notes that the platform wrote
   */
  record Door(Connection connection, Channel channel, Receiver receiver) {}

  /** A platform of this build, e.g. {@code telegram}. */
  Optional<Channel> channel(String platform);

  /**
   * Who a webhook is for. Takes the same time for all keys that are wrong.
   *
   * @param key as it stands in the address
   * @throws io.rockpool.control.store.StoreException when there is one, and its secret cannot be
   *     read now: whoever asks is to come again
   * @throws io.rockpool.control.vault.VaultException the same, when it cannot be decrypted now
   */
  Optional<Door> byKey(String platform, String key);

  /**
   * A connection by its {@link Connection#id}; empty once it is {@link
   * Connection.State#DISCONNECTING}. Throws as {@link #byKey} does.
   */
  Optional<Door> byId(String connection);
}
