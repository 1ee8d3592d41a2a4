package io.rockpool.server;

import io.rockpool.control.instance.Instances;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.model.ClientKeys;
import io.rockpool.control.model.OwnKeys;
import io.rockpool.control.net.Internet;
import io.rockpool.control.openclaw.ModelEndpoint;
import io.rockpool.control.provider.Protocol;
import io.rockpool.control.provider.Providers;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.usage.Bindings;
import io.rockpool.control.usage.Budgets;
import io.rockpool.control.usage.ExchangeRates;
import io.rockpool.control.usage.Ledger;
import io.rockpool.control.usage.Prices;
import io.rockpool.control.usage.Quotas;
import io.rockpool.control.usage.Usage;
import io.rockpool.edge.Traffic;
import io.rockpool.edge.model.CallWatch;
import io.rockpool.edge.model.DemoModel;
import io.rockpool.edge.model.ModelGateway;
import io.rockpool.edge.model.ModelLimits;
import io.rockpool.edge.model.ModelUpstream;
import io.rockpool.server.config.ModelSettings;
import io.rockpool.server.config.ModelSettings.Upstream;
import io.rockpool.server.door.PoolModel;
import io.rockpool.server.door.Upstreams;
import io.rockpool.server.door.VirtualKeys;
import io.rockpool.server.http.Route;
import io.rockpool.server.model.BudgetRoutes;
import io.rockpool.server.model.BudgetWarnings;
import io.rockpool.server.model.KeyRoutes;
import io.rockpool.server.model.PriceRoutes;
import io.rockpool.server.model.ProviderRoutes;
import io.rockpool.server.model.QuotaRoutes;
import io.rockpool.server.model.RateRoutes;
import io.rockpool.server.model.UsageRoutes;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Handler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Models: who serves them, what they cost, what they may cost, and who may call them. */
final class ModelWiring {
  private static final Logger log = LoggerFactory.getLogger(ModelWiring.class);

  /** So many instances are named in the log. */
  private static final int NAMED = 20;

  private final Foundation foundation;
  private final InstantSource clock;
  private final Providers providers;
  private final Upstreams upstreams;
  private final Internet internet;
  private final OwnKeys ownKeys;
  private final ClientKeys clientKeys;
  private final VirtualKeys keys;
  private final Prices prices;
  private final ExchangeRates rates;
  private final Bindings bindings;
  private final Budgets budgets;
  private final Quotas quotas;
  private final Ledger ledger;

  /**
   * @param commits by which the ledger writes; closed by the caller
   */
  ModelWiring(Foundation foundation, GroupCommit commits) {
    this.foundation = foundation;
    clock = foundation.clock();
    var settings = foundation.settings();
    var sql = foundation.sql();

    // Who serves them.
    providers = new Providers(sql, foundation.vault(), clock);
    var standard = settings.model();
    upstreams =
        new Upstreams(
            providers,
            upstream(standard),
            Optional.ofNullable(standard.upstream()).map(Upstream::model));
    internet = new Internet(settings.insideNetworks(), ourNames(foundation));

    // Who may call them.
    ownKeys = new OwnKeys(sql, clock);
    clientKeys = new ClientKeys(sql, new SecureRandom(), clock);
    keys = new VirtualKeys(foundation.homeKey(), foundation.store(), ownKeys, clientKeys, clock);

    // What they cost, and what they may cost.
    prices = new Prices(sql, clock);
    rates = new ExchangeRates(sql, clock);
    bindings = new Bindings(sql, settings.plans()::allowance, clock);
    budgets = new Budgets(sql, bindings);
    quotas = new Quotas(sql, bindings);
    ledger =
        new Ledger(sql, commits, bindings, rates, new BudgetEvents(foundation.events()), clock);
  }

  /** The account's own first choice, or else that of the settings, or else the operator's. */
  ModelEndpoint endpoint(String account) {
    var settings = foundation.settings().model();
    var upstream = settings.upstream();
    var chosen =
        providers.usable(account).stream()
            .filter(it -> upstream == null || !it.accountId().equals(Providers.OPERATOR))
            .findFirst();
    if (chosen.isPresent()) {
      var model = chosen.get().models().getFirst();
      return endpoint(
          chosen.get().protocol(), model.name(), model.contextWindow(), model.maxTokens());
    }
    return upstream == null
        ? new ModelEndpoint(
            foundation.address().resolve(DemoModel.PATH),
            Protocol.OPENAI,
            DemoModel.MODEL,
            "Rockpool demo",
            settings.contextWindow(),
            settings.maxTokens())
        : endpoint(
            upstream.api(), upstream.model(), settings.contextWindow(), settings.maxTokens());
  }

  /** What this server calls for whom it does not trust. */
  Internet internet() {
    return internet;
  }

  /** The keys by which instances themselves call their models. */
  OwnKeys ownKeys() {
    return ownKeys;
  }

  ModelGateway gateway(Traffic traffic, CallWatch watch) {
    var limits =
        ModelLimits.DEFAULT.refusingUnpriced(foundation.settings().model().refusesUnpriced());
    return new ModelGateway(
        upstreams, internet, keys, ledger, prices, limits, traffic, watch, clock);
  }

  List<Handler> handlers(ModelGateway gateway) {
    var demo = new DemoModel(clock);
    return List.of(demo, new PoolModel(keys, demo), gateway);
  }

  /**
   * @param look makes the reconciler look for instances whose configuration has changed
   */
  List<Route<?, ?>> routes(
      Instances instances, ResourceUsage resources, ModelGateway gateway, Runnable look) {
    var accounts = foundation.accounts();
    var store = foundation.store();
    var warnings = new BudgetWarnings(upstreams::charged, prices, rates, clock);
    return Stream.of(
            new KeyRoutes(
                    instances,
                    clientKeys,
                    (id, overlap) -> {
                      var serial = ownKeys.replace(id, overlap);
                      keys.forget(id);
                      store.renderAnew(id, clock.instant());
                      look.run();
                      return serial;
                    })
                .routes(),
            new BudgetRoutes(instances, accounts, budgets, ledger, warnings).routes(),
            new QuotaRoutes(instances, accounts, quotas, ledger).routes(),
            new UsageRoutes(instances, accounts, new Usage(foundation.sql()), resources, clock)
                .routes(),
            new PriceRoutes(prices, clock).routes(),
            new RateRoutes(rates, clock).routes(),
            new ProviderRoutes(
                    providers,
                    internet,
                    gateway::attempt,
                    account -> {
                      store.renderAnew(account.orElse(null), clock.instant());
                      look.run();
                    })
                .routes())
        .<Route<?, ?>>flatMap(List::stream)
        .toList();
  }

  /** Begins to keep the books, until what it returns is closed. */
  AutoCloseable start() {
    var plans = foundation.settings().plans().names();
    bindings
        .ofOtherPlans(plans)
        .forEach((plan, instances) ->
            log.atWarn()
                .addKeyValue("plan", plan)
                .addKeyValue("count", instances.size())
                .addKeyValue("instances", instances.stream().limit(NAMED).toList())
                .log(
                    "a plan of instances is not in config.yaml: the standard plan's budget and quota bind them; put it back, or move them to another"));
    var bookkeeping = new Bookkeeping(ledger);
    bookkeeping.start(foundation.isAlone());
    return bookkeeping;
  }

  private ModelEndpoint endpoint(Protocol protocol, String model, int window, int most) {
    var path =
        switch (protocol) {
          case OPENAI -> ModelGateway.PATH;
          case ANTHROPIC -> ModelGateway.ANTHROPIC_PATH;
        };
    return new ModelEndpoint(
        foundation.address().resolve(path), protocol, model, model, window, most);
  }

  private static Optional<ModelUpstream> upstream(ModelSettings settings) {
    return Optional.ofNullable(settings.upstream())
        .map(it -> ModelUpstream.of(it.baseUrl(), it.key(), settings.maxTokens()));
  }

  /** Names that lead back here. */
  private static Set<String> ourNames(Foundation foundation) {
    return Stream.of(
            Optional.ofNullable(foundation.publicUrl().getHost()),
            Optional.ofNullable(foundation.settings().domain()))
        .flatMap(Optional::stream)
        .map(it -> it.toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }
}
