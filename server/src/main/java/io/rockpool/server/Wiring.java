package io.rockpool.server;

import io.rockpool.channel.Channel;
import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.billing.PaidPlans;
import io.rockpool.control.billing.Subscriptions;
import io.rockpool.control.departure.Departures;
import io.rockpool.control.event.Events;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.instance.Phase;
import io.rockpool.control.instance.SqlMemberStore;
import io.rockpool.control.metering.ResourceUsage;
import io.rockpool.control.metering.Sampling;
import io.rockpool.control.openclaw.ConfigSchema;
import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.pool.Claims;
import io.rockpool.control.pool.PoolRules;
import io.rockpool.control.pool.WarmPool;
import io.rockpool.control.reconcile.Reconciler;
import io.rockpool.control.reconcile.Timing;
import io.rockpool.control.secret.HomeKey.Purpose;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.SleepRequests;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.vault.KmsProvider;
import io.rockpool.edge.BlockingHandler;
import io.rockpool.edge.Edge;
import io.rockpool.edge.EdgeLimits;
import io.rockpool.edge.EdgeSettings;
import io.rockpool.edge.Turns;
import io.rockpool.payment.PaymentOpener;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider;
import io.rockpool.runtime.Secret;
import io.rockpool.server.account.AccountRoutes;
import io.rockpool.server.account.TokenRoutes;
import io.rockpool.server.config.Settings;
import io.rockpool.server.deploy.DeployRoutes;
import io.rockpool.server.door.BrowserSessions;
import io.rockpool.server.door.EdgeProbe;
import io.rockpool.server.door.InUse;
import io.rockpool.server.door.InstanceGate;
import io.rockpool.server.door.LoginPage;
import io.rockpool.server.door.OpenSockets;
import io.rockpool.server.door.Tokens;
import io.rockpool.server.http.HttpLimits;
import io.rockpool.server.http.OpenApi;
import io.rockpool.server.http.Route;
import io.rockpool.server.http.RouteHandler;
import io.rockpool.server.instance.InstanceRoutes;
import io.rockpool.server.instance.MessageRoutes;
import io.rockpool.server.instance.SleepRoutes;
import io.rockpool.server.instance.StreamRoutes;
import io.rockpool.server.instance.TopRoutes;
import io.rockpool.server.vault.VaultRoutes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server, put together. Read the constructor from top to bottom: it is the table of contents.
 * What it opens is closed in reverse.
 */
final class Wiring implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Wiring.class);

  /** What surrounds a server. */
  record Surroundings(
      Path cache, List<RuntimeProvider> runtimes, Timing timing, InstantSource clock) {}

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final Foundation foundation;
  private final Instances instances;
  private final Reconciler reconciler;
  private final WarmPool warmPool;
  private final Activity activity;
  private final OpenSockets sockets;
  private final MessageRoutes messages;
  private final ModelWiring models;
  private final ChannelWiring channels;
  private final GatewayReach reach;
  private final InboxWiring inbox;
  private final BindingWiring binding;
  private final ResourceSampling sampling;
  private final BillingWiring billing;
  private final WebhookWiring webhooks;
  private final Health health;
  private final Runtimes runtimes;
  private final List<Route<?, ?>> routes;
  private final Listener listener;
  private final Handler handlers;

  Wiring(Home home, Settings settings, Surroundings around) throws IOException, Home.Unusable {
    var clock = around.clock();
    try {
      // The port first: everything else is told our address.
      listener = opened(Listener.open(settings));

      // What everything stands on.
      foundation =
          opened(
              Foundation.open(home, settings, listener.port(), services(KmsProvider.class), clock));
      var sql = foundation.sql();
      var store = foundation.store();
      var events = foundation.events();
      var homeKey = foundation.homeKey();

      // Where instances run.
      runtimes =
          opened(
              Runtimes.open(
                  home,
                  around,
                  foundation.address(),
                  settings.channelRoots().values(),
                  settings.runtime()));

      // Models, and what they may cost.
      models = new ModelWiring(foundation, opened(new GroupCommit(sql)));

      // Chat platforms: which bots are connected.
      var platforms = services(Channel.class);
      var gateways = opened(Gateway.overHttp());
      channels = opened(new ChannelWiring(foundation, platforms, gateways));

      // What instances are: OpenClaw gateways, configured in layers.
      var openclaw =
          new OpenClawWiring(
              foundation, gateways, new ConfigSchema(runtimes.schemas()), models, channels);
      var blueprints = openclaw.blueprints();

      // What instances use of their hosts.
      var resources = new ResourceUsage(sql);
      sampling =
          new ResourceSampling(new Sampling(store, resources, runtimes, settings.plans(), clock));

      // Bringing them to what is wanted.
      var probeToken = homeKey.of(Purpose.PROBE);
      var probes =
          openclaw.probes(
              channels.watching(opened(new EdgeProbe(foundation.address(), probeToken))),
              sampling::last,
              channels::isLive);
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
      var offers = BillingWiring.offers(settings, services(PaymentOpener.class), clock);
      var subscriptions = new Subscriptions(sql);

      // Instances for owners, of those that wait for one if there are any.
      var pool =
          new PoolRules(
              settings.poolMost(), settings.plans().standard().name(), settings.runtime());
      var members = new SqlMemberStore(sql, events);
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
              openclaw.warmUp(),
              pool,
              () -> runtimes.memory(settings.runtime()),
              clock);

      // Who pays, and what stops when nobody does.
      billing = new BillingWiring(foundation, offers, subscriptions, instances);

      // Programs of operators that are told what happens.
      webhooks = new WebhookWiring(foundation, models.internet());

      // Sleep: who needs an instance, and waking it.
      activity = opened(new Activity(store, clock));
      var waker =
          new Waker(
              store, reconciler::look, activity, runtimes::usage, Waker.Bounds.DEFAULT, clock);
      var sleepRequests =
          new SleepRequests(store, probes.sleep(), runtimes::canDoze, reconciler::look, clock);

      reach = new GatewayReach(store, waker, openclaw::password);

      // Doors: tokens for the API, sessions for browsers, the gate of the edge.
      var tokens = new Tokens(foundation.accounts(), clock);
      var sessions = new BrowserSessions(homeKey.of(Purpose.BROWSER_SESSION), clock);
      var gate =
          new InstanceGate(tokens, sessions, store, waker, probeToken, openclaw::edgeProof, clock);
      var metrics =
          new Metrics(
              store,
              runtimes.byName(),
              tokens,
              members,
              claims,
              platforms.stream().map(Channel::name).collect(Collectors.toSet()),
              clock);
      sockets = opened(new OpenSockets(store, waker));
      var traffic = new InUse(activity, sockets, metrics);
      var modelGateway = models.gateway(traffic, metrics.models());
      var turns = new Turns();
      var edge =
          new Edge(
              new EdgeSettings(
                  Optional.ofNullable(settings.domain()).orElse(""), EdgeLimits.DEFAULT),
              gate,
              traffic,
              sockets,
              turns);

      // What people write in chats: kept, and then brought to instances.
      inbox =
          opened(
              new InboxWiring(
                  foundation,
                  channels,
                  new InboxWiring.Reach(waker, activity, runtimes),
                  metrics.inbox()));

      // Bots that many share: who speaks to which instance, and what is said to them.
      binding =
          opened(
              new BindingWiring(
                  foundation,
                  inbox.inbox(),
                  channels.directory(),
                  channels.bots(),
                  openclaw,
                  new BindingWiring.Waking(waker, activity, turns)));
      metrics.inbox().saying(binding.outbox()::counts);

      // The API.
      messages = new MessageRoutes(waker, activity, turns, openclaw.gateway(), openclaw::password);
      health = new Health(sql);
      routes = new ArrayList<>();
      var instanceRoutes =
          new InstanceRoutes(instances, foundation.publicUrl()::toString, this::readySeconds);
      routes.addAll(instanceRoutes.routes());
      routes.addAll(new SleepRoutes(sleepRequests, waker, instanceRoutes::view).routes());
      routes.addAll(new TopRoutes(instances, runtimes.byName(), clock).routes());
      routes.addAll(messages.routes());
      routes.addAll(models.routes(instances, resources, modelGateway, reconciler::look));
      routes.addAll(channels.routes(instances, waker, activity, openclaw));
      routes.addAll(inbox.routes(instances));
      routes.addAll(binding.routes(instances));
      routes.addAll(billing.routes());
      routes.addAll(webhooks.routes());
      routes.addAll(new StreamRoutes(instances, events, runtimes.byName()).routes());
      routes.addAll(
          new DeployRoutes(instances, events, foundation.publicUrl()::toString, this::readySeconds)
              .routes());
      routes.addAll(new VaultRoutes(foundation.vault()).routes());
      routes.addAll(
          new AccountRoutes(
                  foundation.accounts(),
                  new Departures(
                      sql,
                      foundation.vault(),
                      billing::wouldGoOn,
                      () -> {
                        tokens.forget();
                        reconciler.look();
                      },
                      clock))
              .routes());
      routes.addAll(new TokenRoutes(foundation.accounts(), tokens::forget).routes());
      routes.addAll(health.routes());

      // One listener, in this order.
      var others = new Handler.Sequence();
      models.handlers(modelGateway).forEach(others::addHandler);
      billing.handlers().forEach(others::addHandler);
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
              inbox.handler(binding.messages()),
              new BlockingHandler(others, _ -> true));
    } catch (IOException | Home.Unusable | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Serves the API, and begins to bring instances to what is wanted. */
  void start() throws Exception {
    closing.push(listener.start(handlers));
    foundation.store().touchRunning(foundation.clock().instant());
    closing.push(channels.start(reconciler::look, reach));
    activity.start();
    sockets.start();
    reconciler.start();
    closing.push(reconciler);
    warmPool.start();
    closing.push(warmPool);
    closing.push(models.start());
    sampling.start();
    closing.push(sampling);
    closing.push(billing.start());
    closing.push(binding.start());
    closing.push(inbox.start(binding.destination()));
    closing.push(webhooks.start());
    health.serving(true);
  }

  /** Takes no more work, and ends the processes of all instances; what is wanted stays. */
  void stopInstances() throws InterruptedException {
    health.serving(false);
    inbox.stop();
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
    return foundation.address();
  }

  URI publicUrl() {
    return foundation.publicUrl();
  }

  Secret adminToken() {
    return foundation.adminToken();
  }

  Instances instances() {
    return instances;
  }

  Events events() {
    return foundation.events();
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
    var store = foundation.store();
    return store.list(new Actor.Operator(Accounts.ADMIN), null, 1).isEmpty()
        && !store.wasDestroyed(first);
  }

  private <T extends AutoCloseable> T opened(T resource) {
    closing.push(resource);
    return resource;
  }

  private static <T> List<T> services(Class<T> kind) {
    return ServiceLoader.load(kind).stream().map(ServiceLoader.Provider::get).toList();
  }

  /** How long a new instance will take, by today's queue: about twelve seconds for each start. */
  private int readySeconds() {
    var waiting = foundation.store().countByPhase().getOrDefault(Phase.PROVISIONING, 0L);
    return (int) Math.min(3_600, 12 + 12 * waiting / foundation.settings().startsAtOnce());
  }
}
