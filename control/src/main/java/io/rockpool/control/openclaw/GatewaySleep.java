package io.rockpool.control.openclaw;

import io.rockpool.control.reconcile.SleepProbe;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks OpenClaw gateways to pause before they are frozen, and tells them to go on. */
public final class GatewaySleep implements SleepProbe {
  private static final Logger log = LoggerFactory.getLogger(GatewaySleep.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The memory of a gateway that was just thawed may still be on a disk. */
  private static final Duration THAWING = Duration.ofSeconds(30);

  private final Gateway gateway;
  private final Function<InstanceId, Secret> password;

  /** What this server suspended; what another one did is asked for. */
  private final Map<InstanceId, String> suspensions = new ConcurrentHashMap<>();

  /**
   * @param password of an instance's gateway
   */
  public GatewaySleep(Gateway gateway, Function<InstanceId, Secret> password) {
    this.gateway = gateway;
    this.password = password;
  }

  @Override
  public Answer pause(InstanceId id, URI at) {
    var secret = password.apply(id);
    try {
      // Before it is suspended: then it answers nothing else.
      var next = gateway.nextWake(at, secret, PATIENCE);
      if (next instanceof NextWake.Unknown(var advice)) {
        log.atDebug().addKeyValue("instance", id).log(advice);
        return new Answer.Silent();
      }
      return switch (gateway.suspend(at, secret, PATIENCE)) {
        case Suspension.Ready(var suspension, _) -> {
          suspensions.put(id, suspension);
          yield new Answer.Ready(next instanceof NextWake.At(var time) ? time : null);
        }
        case Suspension.Busy(var reason, var retryAfter, var blockers) ->
            new Answer.Busy(
                "It is busy: %s."
                    .formatted(blockers.isEmpty() ? reason : String.join(", ", blockers)),
                retryAfter);
        case Suspension.Unavailable _ -> new Answer.Silent();
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Silent();
    }
  }

  @Override
  public void resume(InstanceId id, URI at) {
    try {
      var result = gateway.resume(at, password.apply(id), suspensions.remove(id), THAWING);
      log.atDebug().addKeyValue("instance", id).addKeyValue("result", result).log("Resumed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
