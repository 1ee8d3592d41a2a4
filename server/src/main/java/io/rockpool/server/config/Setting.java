package io.rockpool.server.config;

import java.util.Locale;
import java.util.Optional;

/**
 * Everything that can be set, and the one table that documents it: {@code ./rockpool up --help},
 * docs/reference/settings.md and the error for an unknown key are all made from it.
 */
public enum Setting {
  HOST("host", "127.0.0.1", "Address to listen on. 0.0.0.0 for all: put TLS in front."),
  PORT("port", "3000", "Port of the API, the edge and the webhooks; 0 for any free one."),
  PUBLIC_URL(
      "public-url",
      "",
      "How users reach this server, e.g. https://rockpool.example. Default: http://HOST:PORT."),
  DOMAIN(
      "domain",
      "",
      "Domain whose subdomains are instances: ID.DOMAIN, beside /i/ID/. Gives each its own browser origin."),
  DATABASE_URL(
      "database.url",
      "",
      "jdbc:postgresql://HOST/NAME for PostgreSQL 15 or later. Default: SQLite in the home folder."),
  DATABASE_USER("database.user", "", "User of the PostgreSQL database."),
  DATABASE_PASSWORD("database.password", "", "Password of the PostgreSQL database. A secret."),
  VAULT_MASTER_KEY(
      "vault.master-key",
      "",
      "32 bytes in URL-safe base64 that encrypt the keys of all secrets; after it, with blanks between, older ones. A secret. Default: the file master.key in the home folder, which is made."),
  VAULT_PKCS12(
      "vault.pkcs12", "", "PKCS#12 file with the master key, in place of vault.master-key."),
  VAULT_PKCS12_PASSWORD("vault.pkcs12-password", "", "Password of vault.pkcs12. A secret."),
  VAULT_PKCS12_ALIAS("vault.pkcs12-alias", "rockpool", "Which key of vault.pkcs12 encrypts."),
  VAULT_KMS(
      "vault.kms",
      "",
      "A key of a service that encrypts in place of a master key here: aws:ARN. Keys set beside it still decrypt."),
  VAULT_KMS_ENDPOINT(
      "vault.kms-endpoint", "", "Address of that service, where it is not the usual one."),
  INSIDE_NETWORKS(
      "inside-networks",
      "",
      "Networks that no address from a user may lead to, beside the private ones, e.g. 20.30.0.0/16 2001:db8:1::/48."),
  MODEL_BASE_URL(
      "model.base-url",
      "",
      "OpenAI- or Anthropic-compatible endpoint for all instances, e.g. https://HOST/v1. Default: the built-in demo model."),
  MODEL_API_KEY("model.api-key", "", "Key for model.base-url. A secret; instances never get it."),
  MODEL("model.name", "", "Model name that is sent to model.base-url."),
  MODEL_API(
      "model.api",
      "openai",
      "What instances speak to model.base-url: openai (chat completions) or anthropic (messages)."
          + " Calls of other programs pass to it in both protocols."),
  MODEL_CONTEXT_WINDOW("model.context-window", "128000", "Tokens that the model takes in."),
  MODEL_MAX_TOKENS("model.max-tokens", "8192", "Tokens that the model gives out at most."),
  MODEL_UNPRICED(
      "model.unpriced",
      "serve",
      "What becomes of calls of models without a price at the operator's providers: serve (they cost their users nothing) or refuse."),
  WEBHOOKS_PER_MINUTE(
      "webhooks.per-minute",
      "100",
      "Messages of chat apps a minute that one account may get at any time; more are taken as long as fewer than 500 wait for its instance, and then the platform is told to send them later. 0 for no limit."),
  TRUSTED_PROXIES(
      "trusted-proxies",
      "",
      "Networks of proxies in front of this server, e.g. 10.0.0.0/24: whose X-Forwarded-For tells where requests to webhooks come from."),
  RUNTIME("runtime", "process", "Where instances run unless they say otherwise."),
  STARTS_AT_ONCE(
      "starts-at-once",
      "2",
      "Instances that start at the same time; each takes one to two cores for about ten seconds."),
  POOL_MOST(
      "pool.most",
      "2",
      "Instances that wait, started, for new owners, at most; fewer where nobody asks for them or memory is short. 0 for none."),
  PLANS(
      "plans",
      "",
      "A list of {name, memory-megabytes, milli-cpus, processes, doze-after, stop-after, never-sleeps, sockets-every, sockets-for, price, currency, budget: {amount, currency, period, hard}, quota: {tokens-per-day, requests-per-minute, tokens-per-minute, calls-at-once}}; the first is the default. An idle instance dozes after 2m and stops after 7d unless said otherwise. One that holds a live connection to a chat platform stays awake; with sockets-every it sleeps, and is woken so often for sockets-for (2m) to look for messages. price is what an account pays a month for each instance. Budget and quota bind each instance that has none of its own; those of the first, too, each whose plan is not in the list."),
  STRIPE_KEY(
      "payments.stripe.key",
      "",
      "Secret or restricted key of Stripe, by which plans are sold. A secret."),
  STRIPE_WEBHOOK_SECRET(
      "payments.stripe.webhook-secret",
      "",
      "Signing secret (whsec_…) of the endpoint PUBLIC_URL/webhook/payments/stripe. A secret."),
  STRIPE_PRICES(
      "payments.stripe.prices",
      "",
      "Which plans are sold, by their prices at Stripe, e.g. pro=price_1Abc,enterprise=price_1Def. Other plans are free."),
  STRIPE_API_ROOT("payments.stripe.api-root", "https://api.stripe.com", "Where Stripe's API is."),
  PAYMENTS_GRACE(
      "payments.grace",
      "7d",
      "How long instances run on after a payment failed, while it is tried again."),
  PAYMENTS_DATA_KEPT(
      "payments.data-kept",
      "30d",
      "How long the data of instances that were stopped for payment is kept for certain. Nothing is deleted by itself."),
  TELEGRAM_API_ROOT(
      "channels.telegram.api-root",
      "",
      "Where Telegram's Bot API is, for this server and its instances, e.g. http://HOST:8081 for a telegram-bot-api server. Default: Telegram's own."),
  SLACK_API_ROOT(
      "channels.slack.api-root",
      "",
      "Where Slack's Web API is, for this server and its instances. Default: Slack's own."),
  DISCORD_API_ROOT(
      "channels.discord.api-root",
      "",
      "Where Discord's API is, for this server and its instances. Default: Discord's own."),
  FEISHU_API_ROOT(
      "channels.feishu.api-root",
      "",
      "Where Feishu's API is, e.g. https://open.larksuite.com for Lark. Instances are told of it if it is https: OpenClaw takes no other. Default: Feishu's own."),
  LINE_API_ROOT(
      "channels.line.api-root",
      "",
      "Where LINE's Messaging API is, for this server alone: OpenClaw has no setting for it. Default: LINE's own."),
  WHATSAPP_API_ROOT(
      "channels.whatsapp.api-root",
      "",
      "Where instances reach WhatsApp's WebSocket, e.g. wss://HOST/ws/chat of a relay. Default: WhatsApp's own.");

  private final String key;
  private final String fallback;
  private final String help;

  Setting(String key, String fallback, String help) {
    this.key = key;
    this.fallback = fallback;
    this.help = help;
  }

  /** As in config.yaml; dots are levels. */
  public String key() {
    return key;
  }

  public String fallback() {
    return fallback;
  }

  public String help() {
    return help;
  }

  /** The environment variable that sets it; empty for what only the file can say. */
  public Optional<String> environment() {
    return switch (this) {
      case PLANS -> Optional.empty();
      case MODEL -> Optional.of("ROCKPOOL_MODEL");
      case VAULT_MASTER_KEY -> Optional.of("ROCKPOOL_MASTER_KEY");
      case STRIPE_KEY -> Optional.of("ROCKPOOL_STRIPE_KEY");
      case STRIPE_WEBHOOK_SECRET -> Optional.of("ROCKPOOL_STRIPE_WEBHOOK_SECRET");
      case STRIPE_PRICES -> Optional.of("ROCKPOOL_STRIPE_PRICES");
      case STRIPE_API_ROOT -> Optional.of("ROCKPOOL_STRIPE_API_ROOT");
      case TELEGRAM_API_ROOT -> Optional.of("ROCKPOOL_TELEGRAM_API_ROOT");
      case SLACK_API_ROOT -> Optional.of("ROCKPOOL_SLACK_API_ROOT");
      case DISCORD_API_ROOT -> Optional.of("ROCKPOOL_DISCORD_API_ROOT");
      case FEISHU_API_ROOT -> Optional.of("ROCKPOOL_FEISHU_API_ROOT");
      case LINE_API_ROOT -> Optional.of("ROCKPOOL_LINE_API_ROOT");
      case WHATSAPP_API_ROOT -> Optional.of("ROCKPOOL_WHATSAPP_API_ROOT");
      case HOST,
          PORT,
          PUBLIC_URL,
          DOMAIN,
          DATABASE_URL,
          DATABASE_USER,
          DATABASE_PASSWORD,
          VAULT_PKCS12,
          VAULT_PKCS12_PASSWORD,
          VAULT_PKCS12_ALIAS,
          VAULT_KMS,
          VAULT_KMS_ENDPOINT,
          INSIDE_NETWORKS,
          MODEL_BASE_URL,
          MODEL_API_KEY,
          MODEL_API,
          MODEL_CONTEXT_WINDOW,
          MODEL_MAX_TOKENS,
          MODEL_UNPRICED,
          WEBHOOKS_PER_MINUTE,
          TRUSTED_PROXIES,
          RUNTIME,
          STARTS_AT_ONCE,
          POOL_MOST,
          PAYMENTS_GRACE,
          PAYMENTS_DATA_KEPT ->
          Optional.of(
              "ROCKPOOL_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'));
    };
  }

  static Optional<Setting> of(String key) {
    for (var setting : values()) {
      if (setting.key.equals(key)) {
        return Optional.of(setting);
      }
    }
    return Optional.empty();
  }
}
