package io.rockpool.server.config;

import io.rockpool.control.billing.Terms;
import io.rockpool.control.money.Money;
import io.rockpool.control.net.Network;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.plan.SleepPolicy;
import io.rockpool.control.plan.SocketPolicy;
import io.rockpool.control.provider.Protocol;
import io.rockpool.runtime.Limits;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The settings of one server. Order: defaults, then config.yaml in the home folder, then the
 * environment, then the command line.
 *
 * @param publicUrl without a slash at its end; null until the port is known
 * @param domain lower case, without a dot in front; null for none
 * @param channelRoots where the APIs of chat platforms are, by platform, in place of their own
 */
public record Settings(
    String host,
    int port,
    @Nullable URI publicUrl,
    @Nullable String domain,
    DatabaseSettings database,
    VaultSettings vault,
    List<Network> insideNetworks,
    ModelSettings model,
    WebhookSettings webhooks,
    String runtime,
    int startsAtOnce,
    int poolMost,
    Plans plans,
    PaymentSettings payments,
    Map<String, URI> channelRoots) {
  /** The file's name in the home folder. */
  public static final String FILE = "config.yaml";

  private static final int LONGEST_FILE = 1 << 20;

  /** So long an instance is awake to look for messages, unless said otherwise. */
  private static final Duration LOOK = Duration.ofMinutes(2);

  private static final Pattern SPAN = Pattern.compile("([0-9]{1,6})([smhd])");

  /**
   * Reads them.
   *
   * @param flags what the command line says
   * @throws SettingsException if one is unknown or wrong
   */
  public static Settings read(
      Path home, Map<String, String> environment, Map<Setting, String> flags) {
    var file = file(home.resolve(FILE));
    var values = new EnumMap<Setting, String>(Setting.class);
    for (var setting : Setting.values()) {
      values.put(setting, setting.fallback());
    }
    file.values().forEach(values::put);
    for (var setting : Setting.values()) {
      setting.environment().map(environment::get).ifPresent(it -> values.put(setting, it));
    }
    values.putAll(flags);
    return new Values(values).settings(file.plans());
  }

  private record File(Map<Setting, String> values, Plans plans) {}

  private static File file(Path path) {
    if (!Files.exists(path)) {
      return new File(Map.of(), Plans.DEFAULT);
    }
    var values = new EnumMap<Setting, String>(Setting.class);
    var plans = new Plans[] {Plans.DEFAULT};
    try {
      if (Files.size(path) > LONGEST_FILE) {
        throw new SettingsException("%s is larger than 1 MiB".formatted(path));
      }
      var tree = new YAMLMapper().readTree(Files.readString(path));
      if (tree != null && !tree.isNull() && !tree.isMissingNode()) {
        if (!tree.isObject()) {
          throw new SettingsException("%s must hold keys and values".formatted(path));
        }
        flatten(path, "", tree, values, plans);
      }
    } catch (JacksonException e) {
      // The parser's own message may quote a secret.
      throw new SettingsException(
          "%s is no YAML, see line %d"
              .formatted(path, e.getLocation() == null ? 1 : e.getLocation().getLineNr()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new File(values, plans[0]);
  }

  private static void flatten(
      Path path, String prefix, JsonNode node, Map<Setting, String> values, Plans[] plans) {
    node.forEachEntry((name, value) -> {
      var key = prefix + name;
      if (key.equals(Setting.PLANS.key())) {
        plans[0] = plans(value);
      } else if (key.equals(Setting.STRIPE_PRICES.key()) && value.isObject()) {
        values.put(Setting.STRIPE_PRICES, pairs(value));
      } else if (value.isObject()) {
        flatten(path, key + ".", value, values, plans);
      } else {
        var setting =
            Setting.of(key)
                .orElseThrow(() ->
                    new SettingsException(
                        "%s: there is no setting '%s'. Did you mean '%s'?"
                            .formatted(path, key, nearest(key))));
        values.put(setting, value.asString(""));
      }
    });
  }

  /** As the environment says it, in one line. */
  private static String pairs(JsonNode node) {
    var pairs = new ArrayList<String>();
    node.forEachEntry((name, value) -> pairs.add(name + "=" + value.asString("")));
    return String.join(",", pairs);
  }

  private static Plans plans(JsonNode list) {
    if (!list.isArray() || list.isEmpty()) {
      throw new SettingsException("plans must be a list with at least one plan");
    }
    var known =
        Set.of(
            "name",
            "memory-megabytes",
            "milli-cpus",
            "processes",
            "doze-after",
            "stop-after",
            "never-sleeps",
            "sockets-every",
            "sockets-for",
            "budget",
            "quota",
            "price",
            "currency");
    var plans = new ArrayList<Plan>();
    for (var item : list) {
      for (var name : item.propertyNames()) {
        if (!known.contains(name)) {
          throw new SettingsException("plans: a plan has no '%s'".formatted(name));
        }
      }
      try {
        var allowance = PlanAllowance.read(item);
        plans.add(
            new Plan(
                item.path("name").asString(""),
                new Limits(
                    item.path("memory-megabytes").asLong(0) << 20,
                    item.path("milli-cpus").asInt(0),
                    item.path("processes").asInt(0)),
                new SleepPolicy(
                    item.path("never-sleeps").asBoolean(false),
                    span(item, "doze-after", SleepPolicy.DEFAULT.dozeAfter()),
                    span(item, "stop-after", SleepPolicy.DEFAULT.stopAfter()),
                    sockets(item)),
                allowance,
                price(item)));
      } catch (IllegalArgumentException e) {
        throw new SettingsException("plans: " + e.getMessage());
      }
    }
    return new Plans(plans);
  }

  private static SocketPolicy sockets(JsonNode item) {
    if (item.path("sockets-every").isMissingNode()) {
      if (!item.path("sockets-for").isMissingNode()) {
        throw new IllegalArgumentException(
            "sockets-for is set, sockets-every is not: set it, or leave both out to stay awake");
      }
      return new SocketPolicy.Awake();
    }
    return new SocketPolicy.Looks(
        span(item, "sockets-every", Duration.ZERO), span(item, "sockets-for", LOOK));
  }

  private static @Nullable Money price(JsonNode item) {
    if (item.path("price").isMissingNode()) {
      return null;
    }
    return Money.parse(
        Money.currency(item.path("currency").asString("")), item.path("price").asString(""));
  }

  private static Duration span(JsonNode item, String name, Duration otherwise) {
    if (item.path(name).isMissingNode()) {
      return otherwise;
    }
    return span("plans: " + name, item.path(name).asString(""));
  }

  private static Duration span(String name, String text) {
    var parts = SPAN.matcher(text);
    if (!parts.matches()) {
      throw new SettingsException(
          "%s is '%s': set a number of s, m, h or d, e.g. 90s or 7d".formatted(name, text));
    }
    var number = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  /** The known key that takes the fewest edits. */
  static String nearest(String key) {
    return Stream.of(Setting.values())
        .map(Setting::key)
        .min(Comparator.comparingInt(known -> edits(key, known)))
        .orElseThrow();
  }

  private static int edits(String one, String other) {
    var costs = new int[other.length() + 1];
    for (int j = 0; j < costs.length; j++) {
      costs[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int corner = costs[0];
      costs[0] = i;
      for (int j = 1; j < costs.length; j++) {
        int above = costs[j];
        int replace = corner + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        costs[j] = Math.min(replace, 1 + Math.min(above, costs[j - 1]));
        corner = above;
      }
    }
    return costs[other.length()];
  }

  /** Texts, and how they become values. */
  private record Values(Map<Setting, String> texts) {
    Settings settings(Plans plans) {
      return new Settings(
          text(Setting.HOST).orElse(Setting.HOST.fallback()),
          number(Setting.PORT, 0, 65_535),
          text(Setting.PUBLIC_URL).map(it -> url(Setting.PUBLIC_URL, it)).orElse(null),
          text(Setting.DOMAIN).map(Values::domain).orElse(null),
          database(),
          vault(),
          networks(Setting.INSIDE_NETWORKS),
          model(),
          new WebhookSettings(
              number(Setting.WEBHOOKS_PER_MINUTE, 0, 1_000_000), networks(Setting.TRUSTED_PROXIES)),
          text(Setting.RUNTIME).orElse(Setting.RUNTIME.fallback()),
          number(Setting.STARTS_AT_ONCE, 1, 1_000),
          number(Setting.POOL_MOST, 0, 100),
          plans,
          payments(plans),
          channelRoots());
    }

    private Map<String, URI> channelRoots() {
      var roots = new LinkedHashMap<String, URI>();
      Map.of(
              "telegram", Setting.TELEGRAM_API_ROOT,
              "slack", Setting.SLACK_API_ROOT,
              "discord", Setting.DISCORD_API_ROOT,
              "feishu", Setting.FEISHU_API_ROOT,
              "line", Setting.LINE_API_ROOT)
          .forEach((platform, setting) ->
              text(setting).ifPresent(it -> roots.put(platform, url(setting, it))));
      text(Setting.WHATSAPP_API_ROOT)
          .ifPresent(it ->
              roots.put("whatsapp", url(Setting.WHATSAPP_API_ROOT, it, List.of("wss", "ws"))));
      return roots;
    }

    private PaymentSettings payments(Plans plans) {
      Terms terms;
      try {
        terms = new Terms(span(Setting.PAYMENTS_GRACE), span(Setting.PAYMENTS_DATA_KEPT));
      } catch (IllegalArgumentException e) {
        throw new SettingsException(String.valueOf(e.getMessage()));
      }
      var key = text(Setting.STRIPE_KEY);
      if (key.isEmpty()) {
        if (text(Setting.STRIPE_WEBHOOK_SECRET).isPresent()
            || text(Setting.STRIPE_PRICES).isPresent()) {
          throw new SettingsException(
              "payments.stripe.key is not set, though others of payments.stripe are: set it (ROCKPOOL_STRIPE_KEY)");
        }
        return new PaymentSettings(null, terms);
      }
      return new PaymentSettings(
          new PaymentSettings.Stripe(
              Secret.of(key.get()),
              Secret.of(needed(Setting.STRIPE_WEBHOOK_SECRET)),
              url(Setting.STRIPE_API_ROOT, needed(Setting.STRIPE_API_ROOT)),
              prices(needed(Setting.STRIPE_PRICES), plans)),
          terms);
    }

    private String needed(Setting setting) {
      return text(setting)
          .orElseThrow(() ->
              new SettingsException(
                  "payments.stripe.key is set, %s is not: set it (%s)"
                      .formatted(setting.key(), setting.environment().orElseThrow())));
    }

    private static Map<String, String> prices(String text, Plans plans) {
      var prices = new LinkedHashMap<String, String>();
      for (var pair : text.split(",", -1)) {
        var parts = pair.split("=", 2);
        if (parts.length < 2 || parts[1].isBlank()) {
          throw new SettingsException(
              "payments.stripe.prices must be like pro=price_1Abc,enterprise=price_1Def");
        }
        var plan = parts[0].strip();
        if (plans.named(plan).isEmpty()) {
          throw new SettingsException(
              "payments.stripe.prices names the plan '%s': there are %s"
                  .formatted(plan, String.join(", ", plans.names())));
        }
        if (prices.put(plan, parts[1].strip()) != null) {
          throw new SettingsException(
              "payments.stripe.prices names the plan '%s' twice".formatted(plan));
        }
      }
      return prices;
    }

    private Duration span(Setting setting) {
      return Settings.span(setting.key(), text(setting).orElse(setting.fallback()));
    }

    private Optional<String> text(Setting setting) {
      return Optional.ofNullable(texts.get(setting)).map(String::strip).filter(it -> !it.isEmpty());
    }

    private int number(Setting setting, int least, int most) {
      var text = text(setting).orElse(setting.fallback());
      try {
        int number = Integer.parseInt(text);
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw new SettingsException(
          "%s is '%s': set a number from %d to %d".formatted(setting.key(), text, least, most));
    }

    private static URI url(Setting setting, String text) {
      return url(setting, text, List.of("https", "http"));
    }

    private static URI url(Setting setting, String text, List<String> schemes) {
      try {
        var url = URI.create(text.replaceAll("/+$", ""));
        if (schemes.contains(url.getScheme())
            && url.getHost() != null
            && url.getUserInfo() == null
            && url.getQuery() == null
            && url.getFragment() == null) {
          return url;
        }
      } catch (IllegalArgumentException e) {
        // said below
      }
      throw new SettingsException(
          "%1$s must be like %2$s://HOST or %2$s://HOST/PATH, without user, query and fragment"
              .formatted(setting.key(), schemes.getFirst()));
    }

    private static String domain(String text) {
      if (!text.matches("(?i)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")) {
        throw new SettingsException("domain is '%s': set one like claws.example".formatted(text));
      }
      return text.toLowerCase(Locale.ROOT);
    }

    private DatabaseSettings database() {
      var url = text(Setting.DATABASE_URL).orElse(null);
      if (url != null && !url.startsWith("jdbc:postgresql:")) {
        throw new SettingsException(
            "database.url must begin with jdbc:postgresql://; leave it out for SQLite");
      }
      return new DatabaseSettings(
          url,
          text(Setting.DATABASE_USER).orElse(null),
          text(Setting.DATABASE_PASSWORD).map(Secret::of).orElse(null));
    }

    private VaultSettings vault() {
      var pkcs12 = text(Setting.VAULT_PKCS12).map(Path::of);
      if (pkcs12.isPresent() && text(Setting.VAULT_MASTER_KEY).isPresent()) {
        throw new SettingsException(
            "vault.master-key and vault.pkcs12 are both set: leave one of them out");
      }
      return new VaultSettings(
          text(Setting.VAULT_MASTER_KEY).map(Secret::of).orElse(null),
          pkcs12
              .map(file ->
                  new VaultSettings.Pkcs12(
                      file,
                      Secret.of(text(Setting.VAULT_PKCS12_PASSWORD).orElse("")),
                      text(Setting.VAULT_PKCS12_ALIAS).orElse("rockpool")))
              .orElse(null),
          text(Setting.VAULT_KMS).map(this::kms).orElse(null));
    }

    private VaultSettings.Kms kms(String text) {
      var parts = text.split(":", 2);
      if (parts.length < 2) {
        throw new SettingsException(
            "vault.kms must name the service and the key, e.g. aws:arn:aws:kms:REGION:ACCOUNT:key/ID");
      }
      return new VaultSettings.Kms(
          parts[0],
          parts[1],
          text(Setting.VAULT_KMS_ENDPOINT)
              .map(it -> url(Setting.VAULT_KMS_ENDPOINT, it))
              .orElse(null));
    }

    private List<Network> networks(Setting setting) {
      try {
        return Stream.of(text(setting).orElse("").split("[\\s,]+"))
            .filter(it -> !it.isEmpty())
            .map(Network::parse)
            .toList();
      } catch (IllegalArgumentException e) {
        throw new SettingsException(setting.key() + ": " + e.getMessage());
      }
    }

    private ModelSettings model() {
      int window = number(Setting.MODEL_CONTEXT_WINDOW, 1_024, 100_000_000);
      int most = number(Setting.MODEL_MAX_TOKENS, 1, window);
      boolean refusesUnpriced = refusesUnpriced(text(Setting.MODEL_UNPRICED).orElse("serve"));
      var baseUrl = text(Setting.MODEL_BASE_URL);
      if (baseUrl.isEmpty()) {
        if (text(Setting.MODEL_API_KEY).isPresent()) {
          throw new SettingsException(
              "model.api-key is set, model.base-url is not: set both (ROCKPOOL_MODEL_BASE_URL)");
        }
        return new ModelSettings(null, window, most, refusesUnpriced);
      }
      var model =
          text(Setting.MODEL)
              .orElseThrow(() ->
                  new SettingsException(
                      "model.base-url is set, model.name is not: set it (ROCKPOOL_MODEL)"));
      return new ModelSettings(
          new ModelSettings.Upstream(
              url(Setting.MODEL_BASE_URL, baseUrl.get()),
              Secret.of(text(Setting.MODEL_API_KEY).orElse("")),
              model,
              api(text(Setting.MODEL_API).orElse("openai"))),
          window,
          most,
          refusesUnpriced);
    }
  }

  private static boolean refusesUnpriced(String word) {
    return switch (word) {
      case "serve" -> false;
      case "refuse" -> true;
      default ->
          throw new SettingsException(
              "model.unpriced is '%s': set serve or refuse (ROCKPOOL_MODEL_UNPRICED)"
                  .formatted(word));
    };
  }

  private static Protocol api(String name) {
    return switch (name) {
      case "openai" -> Protocol.OPENAI;
      case "anthropic" -> Protocol.ANTHROPIC;
      default ->
          throw new SettingsException(
              "model.api is '%s': set openai or anthropic (ROCKPOOL_MODEL_API)".formatted(name));
    };
  }

  /** Where users reach this server when it listens on {@code actualPort}. */
  public URI publicUrl(int actualPort) {
    return publicUrl == null ? ownUrl(actualPort) : publicUrl;
  }

  /** Where this host reaches this server when it listens on {@code actualPort}. */
  public URI ownUrl(int actualPort) {
    var name = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
    return URI.create(
        "http://%s:%d".formatted(name.contains(":") ? "[" + name + "]" : name, actualPort));
  }
}
