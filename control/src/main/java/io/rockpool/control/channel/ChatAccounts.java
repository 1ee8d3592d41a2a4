package io.rockpool.control.channel;

import io.rockpool.channel.Pair;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.openclaw.ChatAccount;
import io.rockpool.runtime.InstanceId;
import java.util.List;
import java.util.Optional;

/** The connections of an instance as it is told of them. */
public final class ChatAccounts {
  private static final Actor SERVER = new Actor.Rockpool("channels");

  private final ConnectionStore store;
  private final ConnectionSecrets secrets;
  private final Platforms platforms;
  private final PublicAddress address;

  ChatAccounts(
      ConnectionStore store,
      ConnectionSecrets secrets,
      Platforms platforms,
      PublicAddress address) {
    this.store = store;
    this.secrets = secrets;
    this.platforms = platforms;
    this.address = address;
  }

  /**
   * Those for which it speaks itself.
   *
   * @throws io.rockpool.control.vault.VaultException when secrets cannot be read now: an instance
   *     without them would forget its accounts
   */
  public List<ChatAccount> of(InstanceId instance) {
    return store.list(SERVER, instance).stream()
        .map(ConnectionStore.Row::connection)
        .flatMap(it ->
            (platforms.isLinked(it.platform())
                    ? linked(it)
                    : it.state() == State.DISCONNECTING
                        ? Optional.<ChatAccount>empty()
                        : secrets.of(it).flatMap(held -> account(it, held)))
                .stream())
        .toList();
  }

  /** Until its gateway has logged out, it has to know it. */
  private static Optional<ChatAccount> linked(Connection it) {
    return it.platform().equals("whatsapp")
        ? Optional.of(new ChatAccount.WhatsApp(it.directMessages(), it.allowFrom()))
        : Optional.empty();
  }

  private Optional<ChatAccount> account(Connection connection, ConnectionSecrets.Held held) {
    var platform = connection.platform();
    return switch (platform) {
      case "telegram" ->
          Optional.of(
              new ChatAccount.Telegram(
                  held.token(),
                  address.webhook(platform, held.key()),
                  held.secret(),
                  platforms.root(platform),
                  connection.directMessages(),
                  connection.allowFrom()));
      case "slack" ->
          Optional.of(
              new ChatAccount.Slack(
                  held.token(),
                  held.secret(),
                  connection.directMessages(),
                  connection.allowFrom()));
      case "feishu" ->
          Pair.of(held.token())
              .flatMap(app ->
                  Pair.of(held.secret())
                      .map(proof ->
                          new ChatAccount.Feishu(
                              app.first().reveal(),
                              app.second(),
                              proof.first(),
                              proof.second(),
                              platforms.root(platform).filter(it -> "https".equals(it.getScheme())),
                              connection.directMessages(),
                              connection.allowFrom())));
      case "line" ->
          Optional.of(
              new ChatAccount.Line(
                  held.token(),
                  held.secret(),
                  connection.directMessages(),
                  connection.allowFrom()));
      case "discord" ->
          Optional.of(
              new ChatAccount.Discord(
                  held.token(), connection.directMessages(), connection.allowFrom()));
      default -> Optional.empty(); // its messages come here; OpenClaw is told nothing of it
    };
  }
}
