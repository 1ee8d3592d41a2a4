package io.rockpool.server;

import io.rockpool.control.openclaw.AgentTemplates;
import io.rockpool.control.openclaw.ConfigProbe;
import io.rockpool.control.openclaw.ConfigSchema;
import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.GatewayKeys;
import io.rockpool.control.openclaw.GatewaySleep;
import io.rockpool.control.openclaw.GatewayWarmUp;
import io.rockpool.control.openclaw.OpenClawBlueprints;
import io.rockpool.control.openclaw.OpenClawConfig;
import io.rockpool.control.reconcile.LastLook;
import io.rockpool.control.reconcile.PathProbe;
import io.rockpool.control.reconcile.Reconciler;
import io.rockpool.control.secret.HomeKey;
import io.rockpool.control.secret.HomeKey.Purpose;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import io.rockpool.server.door.VirtualKeys;
import java.util.function.Predicate;

/** What instances are: OpenClaw gateways, configured in layers, and what is said to them. */
final class OpenClawWiring {
  private final HomeKey homeKey;
  private final Gateway gateway;
  private final OpenClawBlueprints blueprints;

  /**
   * @param gateway how instances are spoken to; closed by the caller
   */
  OpenClawWiring(
      Foundation foundation,
      Gateway gateway,
      ConfigSchema schema,
      ModelWiring models,
      ChannelWiring channels) {
    homeKey = foundation.homeKey();
    this.gateway = gateway;
    blueprints =
        new OpenClawBlueprints(
            new OpenClawConfig(AgentTemplates.shipped()),
            schema,
            foundation.settings().plans(),
            models::endpoint,
            id ->
                new GatewayKeys(
                    edgeProof(id),
                    password(id),
                    VirtualKeys.keyOf(homeKey, id, models.ownKeys().of(id).serial()),
                    models.ownKeys().of(id).serial()),
            channels::accounts,
            foundation.settings().channelRoots());
  }

  OpenClawBlueprints blueprints() {
    return blueprints;
  }

  Gateway gateway() {
    return gateway;
  }

  /**
   * @param last looks at an instance that is about to be destroyed
   */
  Reconciler.Probes probes(PathProbe edge, LastLook last, Predicate<InstanceId> sockets) {
    return new Reconciler.Probes(
        edge,
        new ConfigProbe(gateway, this::password),
        new GatewaySleep(gateway, this::password),
        last,
        sockets);
  }

  GatewayWarmUp warmUp() {
    return new GatewayWarmUp(gateway, this::password);
  }

  /** By which Rockpool itself is let in. */
  Secret password(InstanceId id) {
    return homeKey.of(id, Purpose.GATEWAY_PASSWORD);
  }

  /** By which an instance knows that a request came through the edge. */
  Secret edgeProof(InstanceId id) {
    return homeKey.hexOf(id, Purpose.EDGE_PROOF);
  }
}
