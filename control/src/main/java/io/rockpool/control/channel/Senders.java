package io.rockpool.control.channel;

import io.rockpool.channel.Inbound;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who may write to a bot by direct messages.
 *
 * @param named by the platform's ids; nobody where all may
 */
record Senders(DirectMessages policy, List<String> named) {
  private static final int MOST_NAMED = 100;

  private static final Pattern TELEGRAM = Pattern.compile("[0-9]{1,19}");
  private static final Pattern FEISHU = Pattern.compile("ou_[A-Za-z0-9]{1,64}");
  private static final Pattern LINE = Pattern.compile("U[0-9a-f]{32}");
  private static final Pattern DISCORD = Pattern.compile("[0-9]{15,20}");
  private static final Pattern SLACK = Pattern.compile("[UW][A-Z0-9]{1,30}");

  /** E.164. */
  private static final Pattern PHONE = Pattern.compile("\\+[1-9][0-9]{6,14}");

  Senders {
    named = policy == DirectMessages.OPEN ? List.of() : List.copyOf(named);
  }

  static Senders of(Connection connection) {
    return new Senders(connection.directMessages(), connection.allowFrom());
  }

  /** For people, without their ids: an event is read by others, too. */
  String words() {
    return switch (policy) {
      case PAIRING -> "whoever asks and is approved";
      case ALLOWLIST -> "those alone who are named";
      case OPEN -> "everybody";
    };
  }

  /** Why those who are named cannot be; empty if they can. */
  Optional<String> objection(String platform) {
    if (named.size() > MOST_NAMED) {
      return Optional.of("must name up to %d senders".formatted(MOST_NAMED));
    }
    if (policy == DirectMessages.ALLOWLIST && named.isEmpty()) {
      return Optional.of("must name at least one sender with an allowlist");
    }
    return named.stream().flatMap(it -> objection(platform, it).stream()).findFirst();
  }

  /** Why nobody has such an id at a platform; empty if somebody may. */
  private static Optional<String> objection(String platform, String sender) {
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
}
