package io.rockpool.server;

import io.rockpool.control.net.Internet;
import io.rockpool.control.webhook.Deliverer;
import io.rockpool.control.webhook.Webhooks;
import io.rockpool.edge.outward.WebhookCourier;
import io.rockpool.server.http.Route;
import io.rockpool.server.webhook.WebhookRoutes;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;

/** Webhooks: who is told what happens, and telling them. */
final class WebhookWiring {
  /** So long a server that stops waits for what it is sending. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final WebhookCourier courier;
  private final Webhooks webhooks;
  private final WebhookRoutes routes;
  private final Deliverer deliverer;

  /**
   * @param internet where those are that are not said to be inside
   */
  WebhookWiring(Foundation foundation, Internet internet) {
    courier = new WebhookCourier(internet, foundation.clock());
    webhooks =
        new Webhooks(
            foundation.sql(), foundation.vault(), courier, foundation.clock(), new SecureRandom());
    routes = new WebhookRoutes(webhooks, internet);
    deliverer = new Deliverer(webhooks, foundation.isAlone(), GRACE, new SecureRandom());
  }

  List<Route<?, ?>> routes() {
    return routes.routes();
  }

  /** Begins to send, until what it returns is closed. */
  AutoCloseable start() {
    deliverer.start();
    return () -> {
      deliverer.close();
      courier.stop();
    };
  }
}
