package io.rockpool.server;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.billing.Billing;
import io.rockpool.control.billing.Offers;
import io.rockpool.control.billing.PaidPlans;
import io.rockpool.control.billing.PaymentNotices;
import io.rockpool.control.billing.Subscriptions;
import io.rockpool.control.departure.Departures;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.SqlInstanceStore;
import io.rockpool.control.instance.SqlMemberStore;
import io.rockpool.control.metering.ResourcePrices;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.metering.Sampling;
import io.rockpool.control.model.ClientKeys;
import io.rockpool.control.model.OwnKeys;
import io.rockpool.control.net.Internet;
import io.rockpool.control.openclaw.AgentTemplates;
import io.rockpool.control.openclaw.ConfigProbe;
import io.rockpool.control.openclaw.ConfigSchema;
import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.GatewayKeys;
import io.rockpool.control.openclaw.GatewaySleep;
import io.rockpool.control.openclaw.GatewayWarmUp;
import io.rockpool.control.openclaw.ModelEndpoint;
import io.rockpool.control.openclaw.OpenClawBlueprints;
import io.rockpool.control.openclaw.OpenClawConfig;
import io.rockpool.control.plan.Plan;
import io.rockpool.control.plan.Plans;
import io.rockpool.control.pool.Claims;
import io.rockpool.control.pool.PoolRules;
import io.rockpool.control.pool.WarmPool;
import io.rockpool.control.provider.Protocol;
import io.rockpool.control.provider.Providers;
import io.rockpool.control.reconcile.Reconciler;
import io.rockpool.control.reconcile.Timing;
import io.rockpool.control.secret.HomeKey;
import io.rockpool.control.secret.HomeKey.Purpose;
import io.rockpool.control.secret.KeyFile;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.SleepRequests;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.statement.Statements;
import io.rockpool.control.store.Database;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.usage.Allowance;
import io.rockpool.control.usage.Bindings;
import io.rockpool.control.usage.Budgets;
import io.rockpool.control.usage.ExchangeRates;
import io.rockpool.control.usage.Ledger;
import io.rockpool.control.usage.Prices;
import io.rockpool.control.usage.Quotas;
import io.rockpool.control.usage.Usage;
import io.rockpool.control.vault.KmsProvider;
import io.rockpool.control.vault.MasterKeys;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.VaultException;
import io.rockpool.edge.BlockingHandler;
import io.rockpool.edge.Edge;
import io.rockpool.edge.EdgeLimits;
import io.rockpool.edge.EdgeSettings;
import io.rockpool.edge.Turns;
import io.rockpool.edge.model.DemoModel;
import io.rockpool.edge.model.ModelGateway;
import io.rockpool.edge.model.ModelLimits;
import io.rockpool.edge.model.ModelUpstream;
import io.rockpool.payment.PaymentOpener;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider;
import io.rockpool.runtime.Secret;
import io.rockpool.server.account.AccountRoutes;
import io.rockpool.server.account.TokenRoutes;
import io.rockpool.server.billing.ExpiryRoutes;
import io.rockpool.server.billing.PaymentPages;
import io.rockpool.server.billing.PaymentWebhook;
import io.rockpool.server.billing.SubscriptionRoutes;
import io.rockpool.server.config.ModelSettings.Upstream;
import io.rockpool.server.config.Settings;
import io.rockpool.server.config.SettingsException;
import io.rockpool.server.deploy.DeployRoutes;
import io.rockpool.server.door.BrowserSessions;
import io.rockpool.server.door.EdgeProbe;
import io.rockpool.server.door.InUse;
import io.rockpool.server.door.InstanceGate;
import io.rockpool.server.door.LoginPage;
import io.rockpool.server.door.OpenSockets;
import io.rockpool.server.door.PoolModel;
import io.rockpool.server.door.Tokens;
import io.rockpool.server.door.Upstreams;
import io.rockpool.server.door.VirtualKeys;
import io.rockpool.server.http.HttpLimits;
import io.rockpool.server.http.OpenApi;
import io.rockpool.server.http.Route;
import io.rockpool.server.http.RouteHandler;
import io.rockpool.server.instance.InstanceRoutes;
import io.rockpool.server.instance.MessageRoutes;
import io.rockpool.server.instance.SleepRoutes;
import io.rockpool.server.instance.StreamRoutes;
import io.rockpool.server.instance.TopRoutes;
import io.rockpool.server.model.BudgetRoutes;
import io.rockpool.server.model.KeyRoutes;
import io.rockpool.server.model.PriceRoutes;
import io.rockpool.server.model.ProviderRoutes;
import io.rockpool.server.model.QuotaRoutes;
import io.rockpool.server.model.RateRoutes;
import io.rockpool.server.model.UsageRoutes;
import io.rockpool.server.statement.ResourcePriceRoutes;
import io.rockpool.server.statement.StatementRoutes;
import io.rockpool.server.vault.VaultRoutes;
import io.rockpool.statement.StatementPdf;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Handler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server, put together. Read the constructor from top to bottom: it is the table of contents.
 * What it opens is closed in reverse.
 */
final class Wiring implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Wiring.class);

  private static final String STRIPE = "stripe";

  /** What surrounds a server. */
  record Surroundings(
      Path cache, List<RuntimeProvider> runtimes, Timing timing, InstantSource clock) {}

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final InstantSource clock;
  private final int startsAtOnce;
  private final URI address;
  private final URI publicUrl;
  private final Secret adminToken;
  private final InstanceStore store;
  private final Events events;
  private final Instances instances;
  private final Reconciler reconciler;
  private final WarmPool warmPool;
  private final Activity activity;
  private final OpenSockets sockets;
  private final MessageRoutes messages;
  private final Bookkeeping bookkeeping;
  private final ResourceSampling sampling;
  private final BillingRounds billingRounds;
  private final boolean alone;
  private final Health health;
  private final Runtimes runtimes;
  private final List<Route<?, ?>> routes;
  private final Listener listener;
  private final Handler handlers;

  Wiring(Home home, Settings settings, Surroundings around) throws IOException, Home.Unusable {
    clock = around.clock();
    startsAtOnce = settings.startsAtOnce();
    try {
      // The port first: everything else is told our address.
      listener = opened(Listener.open(settings));
      address = settings.ownUrl(listener.port());
      publicUrl = settings.publicUrl(listener.port());

      // Secrets, accounts and the store.
      var homeKey = HomeKey.at(home.file("home.key"));
      adminToken = home.adminToken();
      var database = opened(database(home, settings));
      var sql = database.sql();
      var accounts = new Accounts(sql, clock);
      accounts.admitAdmin(adminToken);
      var vault = vault(home, settings, sql);
      var providers = new Providers(sql, vault, clock);
      var internet = new Internet(settings.insideNetworks(), ourNames(settings));
      store = new SqlInstanceStore(sql);
      events = new Events(sql, clock);
      var ownKeys = new OwnKeys(sql, clock);

      // Where instances run.
      runtimes = opened(Runtimes.open(home, around, address, settings.runtime()));

      // What instances are: OpenClaw gateways, configured in layers.
      var blueprints =
          new OpenClawBlueprints(
              new OpenClawConfig(AgentTemplates.shipped()),
              new ConfigSchema(runtimes.schemas()),
              settings.plans(),
              account -> model(settings, providers, account),
              id ->
                  new GatewayKeys(
                      homeKey.hexOf(id, Purpose.EDGE_PROOF),
                      homeKey.of(id, Purpose.GATEWAY_PASSWORD),
                      VirtualKeys.keyOf(homeKey, id, ownKeys.of(id).serial()),
                      ownKeys.of(id).serial()));

      // What instances use of their hosts, and what that costs.
      var resources = new ResourceUsage(sql);
      var resourcePrices = new ResourcePrices(sql);
      sampling =
          new ResourceSampling(new Sampling(store, resources, runtimes, settings.plans(), clock));

      // Bringing them to what is wanted.
      var probeToken = homeKey.of(Purpose.PROBE);
      var gateway = opened(Gateway.overHttp());
      var probes =
          new Reconciler.Probes(
              opened(new EdgeProbe(address, probeToken)),
              new ConfigProbe(gateway, id -> homeKey.of(id, Purpose.GATEWAY_PASSWORD)),
              new GatewaySleep(gateway, id -> homeKey.of(id, Purpose.GATEWAY_PASSWORD)),
              sampling::last);
      reconciler =
          new Reconciler(
              store,
              events,
              runtimes.byName(),
              blueprints,
              probes,
              settings.plans(),
              around.timing(),
              settings.startsAtOnce(),
              clock,
              new SecureRandom());

      // What is sold, and who takes the money.
      var offers = offers(settings, clock);
      var subscriptions = new Subscriptions(sql);

      // Instances for owners, of those that wait for one if there are any.
      var pool =
          new PoolRules(
              settings.poolMost(), settings.plans().standard().name(), settings.runtime());
      var members = new SqlMemberStore(sql);
      var claims = new Claims(members, blueprints, pool);
      instances =
          new Instances(
              store,
              events,
              settings.plans(),
              runtimes.byName().keySet(),
              settings.runtime(),
              blueprints,
              claims,
              new PaidPlans(subscriptions, offers, clock),
              reconciler::look,
              clock);
      warmPool =
          new WarmPool(
              members,
              instances,
              new GatewayWarmUp(gateway, id -> homeKey.of(id, Purpose.GATEWAY_PASSWORD)),
              pool,
              () -> runtimes.memory(settings.runtime()),
              clock);

      // Who pays, and what stops when nobody does.
      var billing =
          new Billing(
              subscriptions,
              new PaymentNotices(sql),
              instances,
              store,
              events,
              offers,
              clock,
              new SecureRandom());
      billingRounds = new BillingRounds(billing);

      // Sleep: who needs an instance, and waking it.
      activity = opened(new Activity(store, clock));
      var waker =
          new Waker(
              store, reconciler::look, activity, runtimes::usage, Waker.Bounds.DEFAULT, clock);
      var sleepRequests =
          new SleepRequests(store, probes.sleep(), runtimes::canDoze, reconciler::look, clock);

      // What models cost, what they may cost, and who may call them.
      var prices = new Prices(sql, clock);
      var bindings = new Bindings(sql, plan -> allowance(settings.plans(), plan), clock);
      var budgets = new Budgets(sql, bindings);
      var quotas = new Quotas(sql, bindings);
      var clientKeys = new ClientKeys(sql, new SecureRandom(), clock);
      var keys = new VirtualKeys(homeKey, store, ownKeys, clientKeys, clock);
      var rates = new ExchangeRates(sql, clock);
      var ledger =
          new Ledger(
              sql, opened(new GroupCommit(sql)), bindings, rates, new BudgetEvents(events), clock);
      bookkeeping = new Bookkeeping(ledger);
      alone = settings.database().url() == null;

      // The API.
      var turns = new Turns();
      messages =
          new MessageRoutes(
              waker, activity, turns, gateway, id -> homeKey.of(id, Purpose.GATEWAY_PASSWORD));
      health = new Health(sql);
      routes = new ArrayList<>();
      var instanceRoutes = new InstanceRoutes(instances, publicUrl::toString, this::readySeconds);
      routes.addAll(instanceRoutes.routes());
      routes.addAll(new SleepRoutes(sleepRequests, waker, instanceRoutes::view).routes());
      routes.addAll(new TopRoutes(instances, runtimes.byName(), clock).routes());
      routes.addAll(messages.routes());
      routes.addAll(
          new KeyRoutes(
                  instances,
                  clientKeys,
                  (id, overlap) -> {
                    var serial = ownKeys.replace(id, overlap);
                    keys.forget(id);
                    store.renderAnew(id, clock.instant());
                    reconciler.look();
                    return serial;
                  })
              .routes());
      routes.addAll(new BudgetRoutes(instances, accounts, budgets, ledger).routes());
      routes.addAll(new QuotaRoutes(instances, accounts, quotas, ledger).routes());
      routes.addAll(new UsageRoutes(instances, new Usage(sql), resources, clock).routes());
      routes.addAll(new PriceRoutes(prices, clock).routes());
      routes.addAll(new RateRoutes(rates, clock).routes());
      routes.addAll(new ResourcePriceRoutes(resourcePrices, clock).routes());
      routes.addAll(
          new StatementRoutes(new Statements(sql, clock), it -> StatementPdf.ofThisHost().print(it))
              .routes());
      routes.addAll(
          new SubscriptionRoutes(
                  accounts,
                  billing,
                  offers.terms(),
                  offers.products().keySet(),
                  publicUrl::toString)
              .routes());
      routes.addAll(new ExpiryRoutes(instances, billing).routes());
      routes.addAll(new StreamRoutes(instances, events, runtimes.byName()).routes());
      routes.addAll(
          new DeployRoutes(instances, events, publicUrl::toString, this::readySeconds).routes());
      routes.addAll(new VaultRoutes(vault).routes());
      routes.addAll(health.routes());

      // Doors: tokens for the API, sessions for browsers, the gate of the edge.
      var tokens = new Tokens(accounts, clock);
      routes.addAll(
          new AccountRoutes(
                  accounts,
                  new Departures(
                      sql,
                      vault,
                      billing::wouldGoOn,
                      () -> {
                        tokens.forget();
                        reconciler.look();
                      },
                      clock))
              .routes());
      routes.addAll(new TokenRoutes(accounts, tokens::forget).routes());
      var sessions = new BrowserSessions(homeKey.of(Purpose.BROWSER_SESSION), clock);
      var gate =
          new InstanceGate(
              tokens,
              sessions,
              store,
              waker,
              probeToken,
              id -> homeKey.hexOf(id, Purpose.EDGE_PROOF),
              clock);
      var metrics = new Metrics(store, runtimes.byName(), tokens, members, claims);
      sockets = opened(new OpenSockets(store, waker));
      var traffic = new InUse(activity, sockets, metrics);
      var edge =
          new Edge(
              new EdgeSettings(
                  Optional.ofNullable(settings.domain()).orElse(""), EdgeLimits.DEFAULT),
              gate,
              traffic,
              sockets,
              turns);

      // One listener, in this order.
      var others = new Handler.Sequence();
      var demo = new DemoModel(clock);
      var models =
          new ModelGateway(
              new Upstreams(
                  providers,
                  upstream(settings),
                  Optional.ofNullable(settings.model().upstream()).map(Upstream::model)),
              internet,
              keys,
              ledger,
              prices,
              ModelLimits.DEFAULT,
              traffic,
              metrics.models(),
              clock);
      routes.addAll(
          new ProviderRoutes(
                  providers,
                  internet,
                  models::attempt,
                  account -> {
                    store.renderAnew(account.orElse(null), clock.instant());
                    reconciler.look();
                  })
              .routes());
      others.addHandler(demo);
      others.addHandler(new PoolModel(keys, demo));
      others.addHandler(models);
      others.addHandler(new PaymentWebhook(offers::named, billingRounds::hear));
      others.addHandler(new PaymentPages());
      others.addHandler(metrics);
      others.addHandler(
          new RouteHandler(
              OpenApi.described(Product.NAME, Product.VERSION, routes),
              tokens,
              new SqlIdempotencyStore(sql),
              clock,
              HttpLimits.DEFAULT));
      handlers =
          new Handler.Sequence(
              // before the edge, which takes every other path of an instance's own host name
              new BlockingHandler(new LoginPage(tokens, sessions, store), LoginPage::isAskedFor),
              edge.handler(),
              new BlockingHandler(others, _ -> true));
    } catch (IOException | Home.Unusable | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Serves the API, and begins to bring instances to what is wanted. */
  void start() throws Exception {
    closing.push(listener.start(handlers));
    store.touchRunning(clock.instant());
    activity.start();
    sockets.start();
    reconciler.start();
    closing.push(reconciler);
    warmPool.start();
    closing.push(warmPool);
    bookkeeping.start(alone);
    closing.push(bookkeeping);
    sampling.start();
    closing.push(sampling);
    billingRounds.start();
    closing.push(billingRounds);
    health.serving(true);
  }

  /** Takes no more work, and ends the processes of all instances; what is wanted stays. */
  void stopInstances() throws InterruptedException {
    health.serving(false);
    warmPool.close();
    reconciler.close();
    reconciler.stopInstances();
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      try {
        closing.pop().close();
      } catch (Exception e) {
        log.atWarn().setCause(e).log("Something did not close cleanly");
      }
    }
  }

  URI address() {
    return address;
  }

  URI publicUrl() {
    return publicUrl;
  }

  Secret adminToken() {
    return adminToken;
  }

  Instances instances() {
    return instances;
  }

  Events events() {
    return events;
  }

  MessageRoutes messages() {
    return messages;
  }

  Map<String, RuntimeDriver> drivers() {
    return runtimes.byName();
  }

  List<Route<?, ?>> routes() {
    return List.copyOf(routes);
  }

  /** Whether nobody has an instance yet, and this one was not destroyed on purpose. */
  boolean isFirstStart(InstanceId first) {
    return store.list(new Actor.Operator(Accounts.ADMIN), null, 1).isEmpty()
        && !store.wasDestroyed(first);
  }

  private <T extends AutoCloseable> T opened(T resource) {
    closing.push(resource);
    return resource;
  }

  private Database database(Home home, Settings settings) {
    var url = settings.database().url();
    if (url != null) {
      return Database.postgres(url, settings.database().user(), settings.database().password());
    }
    var database = Database.sqlite(home.file("rockpool.db"));
    // The home's lock says that nobody else works here: whoever held a lease is dead.
    new SqlInstanceStore(database.sql()).endLeases();
    return database;
  }

  private Vault vault(Home home, Settings settings, Sql sql) throws IOException, Home.Unusable {
    var services =
        ServiceLoader.load(KmsProvider.class).stream().map(ServiceLoader.Provider::get).toList();
    try {
      return new Vault(
          sql,
          new MasterKeys(
              MasterKeySources.of(settings.vault(), services),
              new KeyFile(home.file("master.key")),
              settings.database().url() == null),
          clock);
    } catch (VaultException | IllegalArgumentException e) {
      throw new Home.Unusable(String.valueOf(e.getMessage()));
    }
  }

  /** Names that lead back here. */
  private Set<String> ourNames(Settings settings) {
    return Stream.of(
            Optional.ofNullable(publicUrl.getHost()), Optional.ofNullable(settings.domain()))
        .flatMap(Optional::stream)
        .map(it -> it.toLowerCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  /** The account's own first choice, or else that of the settings, or else the operator's. */
  private ModelEndpoint model(Settings settings, Providers providers, String account) {
    var upstream = settings.model().upstream();
    var chosen =
        providers.usable(account).stream()
            .filter(it -> upstream == null || !it.accountId().equals(Providers.OPERATOR))
            .findFirst();
    if (chosen.isPresent()) {
      var model = chosen.get().models().getFirst();
      return endpoint(
          chosen.get().protocol(), model.name(), model.contextWindow(), model.maxTokens());
    }
    var sizes = settings.model();
    return upstream == null
        ? new ModelEndpoint(
            address.resolve(DemoModel.PATH),
            Protocol.OPENAI,
            DemoModel.MODEL,
            "Rockpool demo",
            sizes.contextWindow(),
            sizes.maxTokens())
        : endpoint(upstream.api(), upstream.model(), sizes.contextWindow(), sizes.maxTokens());
  }

  private ModelEndpoint endpoint(Protocol protocol, String model, int window, int most) {
    var path =
        switch (protocol) {
          case OPENAI -> ModelGateway.PATH;
          case ANTHROPIC -> ModelGateway.ANTHROPIC_PATH;
        };
    return new ModelEndpoint(address.resolve(path), protocol, model, model, window, most);
  }

  private static Optional<ModelUpstream> upstream(Settings settings) {
    return Optional.ofNullable(settings.model().upstream())
        .map(it -> ModelUpstream.of(it.baseUrl(), it.key(), settings.model().maxTokens()));
  }

  private static Allowance allowance(Plans plans, String plan) {
    return plans.named(plan).map(Plan::allowance).orElse(Allowance.UNBOUND);
  }

  private static Offers offers(Settings settings, InstantSource clock) {
    var stripe = settings.payments().stripe();
    if (stripe == null) {
      return Offers.NONE;
    }
    var setting =
        new PaymentOpener.Setting(
            stripe.apiRoot(),
            Map.of("key", stripe.key(), "webhook", stripe.webhookSecret()),
            clock);
    return ServiceLoader.load(PaymentOpener.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(it -> it.name().equals(STRIPE))
        .findFirst()
        .map(it ->
            new Offers(STRIPE, it.open(setting), stripe.prices(), settings.payments().terms()))
        .orElseThrow(() ->
            new SettingsException("payments.stripe is set, and this build is without Stripe"));
  }

  /** How long a new instance will take, by today's queue: about twelve seconds for each start. */
  private int readySeconds() {
    var waiting = store.countByPhase().getOrDefault(Phase.PROVISIONING, 0L);
    return (int) Math.min(3_600, 12 + 12 * waiting / startsAtOnce);
  }
}
