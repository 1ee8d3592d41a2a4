package io.rockpool.control.openclaw;

import static java.util.Objects.requireNonNull;

import io.rockpool.channel.Digests;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Discord;
import io.rockpool.control.openclaw.ChatAccount.Feishu;
import io.rockpool.control.openclaw.ChatAccount.Line;
import io.rockpool.control.openclaw.ChatAccount.Slack;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import io.rockpool.control.openclaw.ChatAccount.WhatsApp;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
      case Feishu _ -> "feishu";
      case Line _ -> "line";
      case WhatsApp _ -> "whatsapp";
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
        case Feishu feishu -> describe(channel, feishu);
        case Line line -> describe(channel, line);
        case WhatsApp whatsapp -> channel.put("groupPolicy", inChannels(whatsapp));
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

  private static void describe(ObjectNode channel, Feishu feishu) {
    channel.put("connectionMode", "webhook"); // a socket would not let it sleep
    channel.put("appId", feishu.appId());
    channel.set("appSecret", reference(feishu, "app"));
    channel.set("verificationToken", reference(feishu, "verification"));
    channel.set("encryptKey", reference(feishu, "encrypt"));
    feishu.apiRoot().ifPresent(root -> channel.put("domain", root.toString()));
    channel.put("webhookHost", "${%s}".formatted(OpenClawLaunch.LISTENER));
    channel.put("webhookPort", Feishu.PORT);
    channel.put("webhookPath", Feishu.PATH);
    channel.put("groupPolicy", inChannels(feishu));
    channel.put("requireMention", true); // else it answers all that is written in a group
    channel.putObject("streaming").put("mode", "off"); // its cards need permissions of their own
  }

  /** LINE's plugin takes no references, but files. */
  private static void describe(ObjectNode channel, Line line) {
    channel.put("tokenFile", file(line, "token"));
    channel.put("secretFile", file(line, "secret"));
    channel.put("webhookPath", Line.PATH);
    channel.put("groupPolicy", inChannels(line));
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
    var referring = accounts.stream().filter(it -> !hasFiles(it)).toList();
    if (referring.isEmpty()) {
      return;
    }
    var all = secrets.putObject("channels");
    for (var account : referring) {
      var own = all.putObject(platform(account));
      secrets(account).forEach((name, secret) -> own.put(keyName(name, secret), secret.reveal()));
    }
  }

  /** Secrets that are files of their own, by the names that {@link #file} refers to. */
  static Map<String, Secret> files(List<ChatAccount> accounts) {
    var files = new TreeMap<String, Secret>();
    for (var account : accounts) {
      if (hasFiles(account)) {
        secrets(account).forEach((name, secret) -> files.put(fileName(account, name), secret));
      }
    }
    return files;
  }

  private static boolean hasFiles(ChatAccount account) {
    return account instanceof Line;
  }

  private static String file(ChatAccount account, String name) {
    return "${%s}/%s".formatted(OpenClawLaunch.CONFIG, fileName(account, name));
  }

  private static String fileName(ChatAccount account, String name) {
    var secret = requireNonNull(secrets(account).get(name), name);
    return platform(account) + "-" + keyName(name, secret);
  }

  private static Map<String, Secret> secrets(ChatAccount account) {
    return switch (account) {
      case Telegram it -> Map.of("token", it.token(), "webhook", it.webhookSecret());
      case Slack it -> Map.of("token", it.token(), "signing", it.signingSecret());
      case Feishu it ->
          Map.of(
              "app", it.appSecret(),
              "verification", it.verificationToken(),
              "encrypt", it.encryptKey());
      case Line it -> Map.of("token", it.token(), "secret", it.secret());
      case WhatsApp _ -> Map.of();
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
