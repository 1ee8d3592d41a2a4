package io.rockpool.control.channel;

import io.rockpool.channel.Inbound;
import io.rockpool.channel.Pair;
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
  private static final Pattern FEISHU = Pattern.compile("ou_[A-Za-z0-9]{1,64}");
  private static final Pattern LINE = Pattern.compile("U[0-9a-f]{32}");
  private static final Pattern DISCORD = Pattern.compile("[0-9]{15,20}");
  private static final Pattern SLACK = Pattern.compile("[UW][A-Z0-9]{1,30}");

  /** E.164. */
  private static final Pattern PHONE = Pattern.compile("\\+[1-9][0-9]{6,14}");

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
      case "feishu" ->
          FEISHU.matcher(sender).matches()
              ? Optional.empty()
              : Optional.of("a person at Feishu is an open id like ou_7d8a6e, not a name");
      case "line" ->
          LINE.matcher(sender).matches()
              ? Optional.empty()
              : Optional.of("a user of LINE is an id, U and 32 hexadecimal digits, not a name");
      case "whatsapp" ->
          PHONE.matcher(sender).matches()
              ? Optional.empty()
              : Optional.of("a sender at WhatsApp is a phone number like +4915112345678");
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
