package io.rockpool.control.openclaw;

import io.rockpool.control.pool.WarmUp;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warms OpenClaw gateways: the first turn of a process loads for about ten seconds of processor
 * time what every later one finds loaded.
 */
public final class GatewayWarmUp implements WarmUp {
  private static final Logger log = LoggerFactory.getLogger(GatewayWarmUp.class);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Gateway gateway;
  private final Function<InstanceId, Secret> password;

  /**
   * @param password of an instance's gateway
   */
  public GatewayWarmUp(Gateway gateway, Function<InstanceId, Secret> password) {
    this.gateway = gateway;
    this.password = password;
  }

  @Override
  public boolean warm(InstanceId id, URI at, String agent) throws InterruptedException {
    return switch (gateway.rehearse(at, password.apply(id), agent, PATIENCE)) {
      case Rehearsal.Done _ -> true;
      case Rehearsal.Failed(var advice) -> {
        log.atWarn()
            .addKeyValue("instance", id)
            .addKeyValue("error", advice)
            .log("A member of the warm pool could not be warmed; it is tried again");
        yield false;
      }
    };
  }
}
