package io.rockpool.control.openclaw;

import io.rockpool.control.reconcile.FilesProbe;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;

/**
 * Asks a gateway by which configuration it works. It names two revisions, of the file and of what
 * is in force; OpenClaw itself waits for the two to be the same. Measured on 2026.9.6: they are 0.9
 * to 2 seconds after the file was replaced, and in 14 of 14 times a turn that began in that moment
 * used the new model address. Its log says so a third of a second later; the values it shows are
 * those of the new file half a second earlier.
 */
public final class ConfigProbe implements FilesProbe {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Gateway gateway;
  private final Function<InstanceId, Secret> password;

  /**
   * @param password of an instance's gateway
   */
  public ConfigProbe(Gateway gateway, Function<InstanceId, Secret> password) {
    this.gateway = gateway;
    this.password = password;
  }

  @Override
  public Answer ask(URI at, InstanceSpec spec) {
    var file = spec.files().secrets().get(RenderedConfig.CONFIG_FILE);
    if (file == null) {
      return Answer.UNKNOWN;
    }
    try {
      return gateway
          .config(at, password.apply(spec.id()), PATIENCE)
          .filter(GatewayConfig::valid)
          .map(it ->
              it.applied() && it.isOf(OpenClawConfig.parse(file)) ? Answer.TAKEN : Answer.NOT_YET)
          .orElse(Answer.UNKNOWN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.UNKNOWN;
    }
  }
}
