package io.rockpool.control.openclaw;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** An account on a chat platform for which the instance itself speaks; one of each platform. */
public sealed interface ChatAccount {
  /** Who may write to the assistant. */
  DirectMessages directMessages();

  /**
   * Who is let in without asking, by the platform's ids; at least one for {@link
   * DirectMessages#ALLOWLIST}.
   */
  List<String> allowFrom();

  /** Who may write to the assistant by direct messages. */
  enum DirectMessages {
    /** Whoever asks, and is then approved. */
    PAIRING,
    /** Only those who are listed. */
    ALLOWLIST,
    /** Everybody: their messages spend the owner's budget. */
    OPEN;

    String openclawName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A bot of Telegram, whose updates come by webhook.
   *
   * @param token of the bot, as BotFather gives it
   * @param webhookUrl where Telegram is to post updates: an address of Rockpool's
   * @param webhookSecret shown with each of them; 1 to 256 of {@code A-Z a-z 0-9 _ -}
   * @param apiRoot in place of Telegram's own, without {@code /bot<token>}
   * @param allowFrom numbers of users who may write; for {@link DirectMessages#ALLOWLIST}
   */
  record Telegram(
      Secret token,
      URI webhookUrl,
      Secret webhookSecret,
      Optional<URI> apiRoot,
      DirectMessages directMessages,
      List<String> allowFrom)
      implements ChatAccount {
    /**
     * Where an instance takes Telegram's updates: OpenClaw's own default. At its listener address.
     */
    public static final int PORT = 8787;

    /** The exact path; with a query it would be another. */
    public static final String PATH = "/telegram-webhook";

    public Telegram {
      allowFrom = checked(directMessages, allowFrom);
    }
  }

  /**
   * A bot of Slack's, whose events, commands and presses come by webhook.
   *
   * @param token of the bot, {@code xoxb-…}
   * @param signingSecret of the app, by which Slack signs what it sends
   * @param allowFrom ids of members, {@code U…}
   */
  record Slack(
      Secret token, Secret signingSecret, DirectMessages directMessages, List<String> allowFrom)
      implements ChatAccount {
    /** The exact path where an instance takes what Slack sends, at its gateway's own port. */
    public static final String PATH = "/slack/events";

    public Slack {
      allowFrom = checked(directMessages, allowFrom);
    }
  }

  /**
   * An app of Feishu's, or Lark's, whose events come by webhook.
   *
   * @param appId {@code cli_…}
   * @param appSecret its password
   * @param verificationToken shown with what Feishu asks and sends
   * @param encryptKey by which it encrypts and signs
   * @param apiRoot in place of Feishu's own, https: OpenClaw takes no other
   * @param allowFrom open ids of people, {@code ou_…}
   */
  record Feishu(
      String appId,
      Secret appSecret,
      Secret verificationToken,
      Secret encryptKey,
      Optional<URI> apiRoot,
      DirectMessages directMessages,
      List<String> allowFrom)
      implements ChatAccount {
    /**
     * Where an instance takes Feishu's events, at its listener address. OpenClaw's default is 3000,
     * which is Rockpool's own.
     */
    public static final int PORT = 8788;

    /** The exact path. */
    public static final String PATH = "/feishu/events";

    public Feishu {
      allowFrom = checked(directMessages, allowFrom);
      if (apiRoot.filter(it -> !"https".equals(it.getScheme())).isPresent()) {
        throw new IllegalArgumentException("OpenClaw takes no API of Feishu's but by https");
      }
    }
  }

  /**
   * A channel of LINE's Messaging API, whose events come by webhook.
   *
   * @param token the channel access token
   * @param secret the channel secret, by which LINE signs
   * @param allowFrom ids of users, {@code U} and 32 hexadecimal digits
   */
  record Line(Secret token, Secret secret, DirectMessages directMessages, List<String> allowFrom)
      implements ChatAccount {
    /** The exact path where an instance takes what LINE sends, at its gateway's own port. */
    public static final String PATH = "/line/webhook";

    public Line {
      allowFrom = checked(directMessages, allowFrom);
    }
  }

  /**
   * WhatsApp: an account that a person links by a code. What it is let in by is in the instance's
   * state.
   *
   * @param allowFrom phone numbers like {@code +4915112345678}
   */
  record WhatsApp(DirectMessages directMessages, List<String> allowFrom) implements ChatAccount {
    public WhatsApp {
      allowFrom = checked(directMessages, allowFrom);
    }
  }

  /**
   * A bot of Discord's, whose messages come by a socket that the instance holds.
   *
   * @param token of the bot
   * @param allowFrom numbers of users
   */
  record Discord(Secret token, DirectMessages directMessages, List<String> allowFrom)
      implements ChatAccount {
    public Discord {
      allowFrom = checked(directMessages, allowFrom);
    }
  }

  private static List<String> checked(DirectMessages directMessages, List<String> allowFrom) {
    if (directMessages == DirectMessages.ALLOWLIST && allowFrom.isEmpty()) {
      throw new IllegalArgumentException("an allowlist names at least one user");
    }
    return List.copyOf(allowFrom);
  }
}
