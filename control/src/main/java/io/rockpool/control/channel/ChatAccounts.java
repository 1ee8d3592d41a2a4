package io.rockpool.control.channel;

import io.rockpool.channel.Inbound;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.openclaw.ChatAccount;
import io.rockpool.runtime.InstanceId;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The connections of an instance as it is told of them. */
public final class ChatAccounts {
  private static final Actor SERVER = new Actor.Rockpool("channels");

  private static final Pattern TELEGRAM = Pattern.compile("[0-9]{1,19}");
  private static final Pattern DISCORD = Pattern.compile("[0-9]{15,20}");
  private static final Pattern SLACK = Pattern.compile("[UW][A-Z0-9]{1,30}");

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
        .filter(it -> it.state() != State.DISCONNECTING)
        .flatMap(it -> secrets.of(it).flatMap(held -> account(it, held)).stream())
        .toList();
  }

  /** Why nobody has such an id at a platform; empty if somebody may. */
  static Optional<String> objection(String platform, String sender) {
    if (sender.equals("*")) {
      return Optional.of("* lets in everybody: say so by the policy open");
    }
    return switch (platform) {
      case "telegram" ->
          TELEGRAM.matcher(sender).matches()
              ? Optional.empty()
              : Optional.of("a user of Telegram is a number, not a name");
      case "slack" ->
          SLACK.matcher(sender).matches()
              ? Optional.empty()
              : Optional.of("a member at Slack is an id like U0123ABCD, not a name");
      case "discord" ->
          DISCORD.matcher(sender).matches()
              ? Optional.empty()
              : Optional.of("a user of Discord is a number of 15 to 20 digits, not a name");
      default ->
          Inbound.isId(sender) ? Optional.empty() : Optional.of("must be ids of the platform's");
    };
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
      case "discord" ->
          Optional.of(
              new ChatAccount.Discord(
                  held.token(), connection.directMessages(), connection.allowFrom()));
      default -> Optional.empty(); // its messages come here; OpenClaw is told nothing of it
    };
  }
}
