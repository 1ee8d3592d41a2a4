package io.rockpool.control.openclaw;

import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.ChatAccount.Telegram;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What a configuration says of chat accounts: {@code channels}, {@code bindings}, secrets. */
final class ChatConfig {
  /** OpenClaw's name for the account of a platform that has only one. */
  private static final String ONLY = "default";

  private ChatConfig() {}

  /** OpenClaw's name for the platform; the plugin that speaks to it has the same. */
  static String platform(ChatAccount account) {
    return switch (account) {
      case Telegram _ -> "telegram";
    };
  }

  /** The whole of {@code channels}: no account but these. */
  static ObjectNode channels(List<ChatAccount> accounts) {
    var channels = object();
    for (var account : accounts) {
      switch (account) {
        case Telegram telegram -> channels.set(platform(account), channel(telegram));
      }
    }
    return channels;
  }

  private static ObjectNode channel(Telegram telegram) {
    var channel = object();
    channel.put("enabled", true);
    channel.set("botToken", secret(telegram, "token"));
    telegram.apiRoot().ifPresent(root -> channel.put("apiRoot", root.toString()));
    channel.put("webhookUrl", telegram.webhookUrl().toString());
    channel.set("webhookSecret", secret(telegram, "webhook"));
    channel.put("webhookHost", "${%s}".formatted(OpenClawLaunch.LISTENER));
    channel.put("webhookPort", Telegram.PORT);
    channel.put("webhookPath", Telegram.PATH);
    channel.put("dmPolicy", telegram.directMessages().openclawName());
    var allowed = channel.putArray("allowFrom");
    telegram.allowFrom().forEach(allowed::add);
    if (telegram.directMessages() == DirectMessages.OPEN) {
      allowed.removeAll().add("*"); // OpenClaw refuses an open door without it
    }
    channel.put("configWrites", false);
    channel.put("errorPolicy", "always"); // who writes learns why there is no answer
    channel.put("joinIntro", false);
    return channel;
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

  static void addSecrets(ObjectNode secrets, List<ChatAccount> accounts) {
    if (accounts.isEmpty()) {
      return;
    }
    var all = secrets.putObject("channels");
    for (var account : accounts) {
      switch (account) {
        case Telegram telegram ->
            all.putObject(platform(account))
                .put("token", telegram.token().reveal())
                .put("webhook", telegram.webhookSecret().reveal());
      }
    }
  }

  private static ObjectNode secret(ChatAccount account, String name) {
    return object()
        .put("source", "file")
        .put("provider", OpenClawConfig.PROVIDER)
        .put("id", "/channels/%s/%s".formatted(platform(account), name));
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
