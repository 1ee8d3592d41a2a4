package io.rockpool.control.openclaw;

import static java.util.Objects.requireNonNull;

import io.rockpool.channel.Digests;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Discord;
import io.rockpool.control.openclaw.ChatAccount.Slack;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What a configuration says of chat accounts: {@code channels}, {@code bindings}, secrets. */
final class ChatConfig {
  /** OpenClaw's name for the account of a platform that has only one. */
  static final String ONLY = "default";

  /** Hexadecimal digits. */
  private static final int FINGERPRINT = 8;

  private ChatConfig() {}

  /** OpenClaw's name for the platform; the plugin that speaks to it has the same. */
  static String platform(ChatAccount account) {
    return switch (account) {
      case Telegram _ -> "telegram";
      case Slack _ -> "slack";
      case Discord _ -> "discord";
    };
  }

  /** The whole of {@code channels}: no account but these. */
  static ObjectNode channels(List<ChatAccount> accounts) {
    var channels = object();
    for (var account : accounts) {
      var channel = object();
      channel.put("enabled", true);
      switch (account) {
        case Telegram telegram -> describe(channel, telegram);
        case Slack slack -> describe(channel, slack);
        case Discord discord -> describe(channel, discord);
      }
      channel.put("dmPolicy", account.directMessages().openclawName());
      var allowed = channel.putArray("allowFrom");
      account.allowFrom().forEach(allowed::add);
      if (account.directMessages() == DirectMessages.OPEN) {
        allowed.removeAll().add("*"); // OpenClaw refuses an open door without it
      }
      channel.put("configWrites", false);
      channels.set(platform(account), channel);
    }
    return channels;
  }

  private static void describe(ObjectNode channel, Telegram telegram) {
    channel.set("botToken", reference(telegram, "token"));
    telegram.apiRoot().ifPresent(root -> channel.put("apiRoot", root.toString()));
    channel.put("webhookUrl", telegram.webhookUrl().toString());
    channel.set("webhookSecret", reference(telegram, "webhook"));
    channel.put("webhookHost", "${%s}".formatted(OpenClawLaunch.LISTENER));
    channel.put("webhookPort", Telegram.PORT);
    channel.put("webhookPath", Telegram.PATH);
    channel.put("errorPolicy", "always"); // who writes learns why there is no answer
    channel.put("joinIntro", false);
  }

  private static void describe(ObjectNode channel, Slack slack) {
    channel.put("mode", "http"); // a socket would not let it sleep
    channel.set("botToken", reference(slack, "token"));
    channel.set("signingSecret", reference(slack, "signing"));
    channel.put("webhookPath", Slack.PATH);
    channel.put("groupPolicy", inChannels(slack));
    channel.put("joinIntro", false);
  }

  private static void describe(ObjectNode channel, Discord discord) {
    channel.set("token", reference(discord, "token"));
    // Direct messages and mentions are told without; asking for more without Discord's leave fails.
    channel.putObject("intents").put("messageContent", false);
    channel.put("groupPolicy", inChannels(discord));
    channel.put("joinIntro", false);
  }

  /** Whoever may see a channel may mention the bot there: that is as open as an open door. */
  private static String inChannels(ChatAccount account) {
    return account.directMessages() == DirectMessages.OPEN ? "open" : "disabled";
  }

  /** An account without an agent answers nobody. */
  static void bind(ObjectNode config, List<ChatAccount> accounts, String agent) {
    var bindings = config.putArray("bindings");
    for (var account : accounts) {
      var binding = bindings.addObject();
      binding.put("agentId", agent);
      binding.putObject("match").put("channel", platform(account)).put("accountId", ONLY);
    }
  }

  /** Kept in the file for secrets, each under the name that {@link #reference} gives it. */
  static void addSecrets(ObjectNode secrets, List<ChatAccount> accounts) {
    if (accounts.isEmpty()) {
      return;
    }
    var all = secrets.putObject("channels");
    for (var account : accounts) {
      var own = all.putObject(platform(account));
      secrets(account).forEach((name, secret) -> own.put(keyName(name, secret), secret.reveal()));
    }
  }

  private static Map<String, Secret> secrets(ChatAccount account) {
    return switch (account) {
      case Telegram it -> Map.of("token", it.token(), "webhook", it.webhookSecret());
      case Slack it -> Map.of("token", it.token(), "signing", it.signingSecret());
      case Discord it -> Map.of("token", it.token());
    };
  }

  private static ObjectNode reference(ChatAccount account, String name) {
    var secret = requireNonNull(secrets(account).get(name), name);
    return object()
        .put("source", "file")
        .put("provider", OpenClawConfig.PROVIDER)
        .put("id", "/channels/%s/%s".formatted(platform(account), keyName(name, secret)));
  }

  /**
   * A name of its own for each value: OpenClaw looks at a secret again only when what refers to it
   * has changed.
   */
  private static String keyName(String name, Secret secret) {
    var digest = Digests.name(secret.reveal().getBytes(StandardCharsets.UTF_8));
    return name + "-" + digest.substring(digest.length() - FINGERPRINT);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
