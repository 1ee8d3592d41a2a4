package io.rockpool.server;

import static java.util.Objects.requireNonNull;

import io.rockpool.control.channel.Deliveries;
import io.rockpool.control.channel.Hosts;
import io.rockpool.control.channel.Intake;
import io.rockpool.control.channel.SharedMessages;
import io.rockpool.control.inbox.Destination;
import io.rockpool.control.inbox.Dispatcher;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.inbox.InboxRules;
import io.rockpool.control.instance.Instances;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.edge.BlockingHandler;
import io.rockpool.edge.Sources;
import io.rockpool.edge.webhook.Webhooks;
import io.rockpool.server.http.Route;
import io.rockpool.server.instance.DeliveryRoutes;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.jspecify.annotations.Nullable;

/** The way of messages: from the webhooks of chat platforms, by way of the disk, to instances. */
final class InboxWiring implements AutoCloseable {
  /** For deliveries under way when the server stops; what is not done then is repeated. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** How instances are reached. */
  record Reach(Waker waker, Activity activity, Hosts hosts) {}

  private final Foundation foundation;
  private final ChannelWiring channels;
  private final Reach reach;
  private final InboxMeters meters;
  private final Inbox inbox;
  private @Nullable Dispatcher dispatcher;

  InboxWiring(Foundation foundation, ChannelWiring channels, Reach reach, InboxMeters meters) {
    this.foundation = foundation;
    this.channels = channels;
    this.reach = reach;
    this.meters = meters;
    inbox =
        new Inbox(
            foundation.sql(),
            foundation.vault(),
            InboxRules.DEFAULT,
            new DeliveryEvents(foundation.events()),
            foundation.clock());
    meters.counting(inbox::counts);
  }

  Inbox inbox() {
    return inbox;
  }

  /**
   * Takes what platforms send, and leaves all else alone.
   *
   * @param shared who takes what people write to bots that many share
   */
  Handler handler(SharedMessages shared) {
    var settings = foundation.settings().webhooks();
    var rates = new Intake.Rates(settings.perMinute(), Intake.Rates.DEFAULT.refusedPerMinute());
    return new BlockingHandler(
        new Webhooks(
            new Intake(channels.directory(), inbox, shared, channels::revoked, rates),
            new Sources(settings.trustedProxies()),
            Webhooks.Bounds.DEFAULT,
            meters,
            foundation.clock()),
        Webhooks::isAskedFor);
  }

  List<Route<?, ?>> routes(Instances instances) {
    return new DeliveryRoutes(instances, inbox).routes();
  }

  /**
   * Begins to deliver, until what it returns is closed.
   *
   * @param shared where messages to bots go that many share
   */
  AutoCloseable start(Destination shared) {
    var deliveries =
        new Deliveries(
            channels.directory(),
            shared,
            reach.waker(),
            reach.activity(),
            reach.hosts(),
            Deliveries.Patience.DEFAULT,
            meters,
            foundation.clock());
    dispatcher = new Dispatcher(inbox, deliveries, foundation.isAlone(), GRACE, new SecureRandom());
    return this::stop;
  }

  /** Delivers no more; what comes is kept. */
  void stop() {
    requireNonNull(dispatcher).close();
  }

  @Override
  public void close() {
    inbox.close();
  }
}
