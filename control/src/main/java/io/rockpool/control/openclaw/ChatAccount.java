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
