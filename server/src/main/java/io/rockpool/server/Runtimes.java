package io.rockpool.server;

import io.rockpool.control.channel.Hosts;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.metering.Sampling;
import io.rockpool.runtime.ConfigSchemaSource;
import io.rockpool.runtime.Dozing;
import io.rockpool.runtime.HostMemory;
import io.rockpool.runtime.Listeners;
import io.rockpool.runtime.Metering;
import io.rockpool.runtime.Observation.Running;
import io.rockpool.runtime.RuntimeDriver;
import io.rockpool.runtime.RuntimeProvider;
import io.rockpool.runtime.StateSize;
import io.rockpool.runtime.Usage;
import io.rockpool.server.config.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where instances of this server can run, and what those runtimes can do beside that. */
final class Runtimes implements Sampling.Hosts, Hosts, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Runtimes.class);

  private final TreeMap<String, RuntimeDriver> drivers = new TreeMap<>();

  /**
   * Opens all that this build has.
   *
   * @param address of this server, as instances reach it
   * @param reachable what else instances call
   * @param standard the runtime of who chose none
   * @throws SettingsException when there is no such runtime
   */
  static Runtimes open(
      Home home,
      Wiring.Surroundings around,
      URI address,
      Collection<URI> reachable,
      String standard)
      throws IOException {
    var runtimes = new Runtimes();
    try {
      for (var provider : around.runtimes()) {
        var folder = home.folder("runtimes/" + provider.name());
        var setting =
            new RuntimeProvider.Setting(
                folder, around.cache(), address, List.copyOf(reachable), Map.of(), around.clock());
        runtimes.drivers.put(provider.name(), provider.open(setting));
      }
      if (!runtimes.drivers.containsKey(standard)) {
        throw new SettingsException(
            "runtime is '%s': this build has %s"
                .formatted(standard, String.join(", ", runtimes.drivers.keySet())));
      }
      return runtimes;
    } catch (IOException | RuntimeException e) {
      runtimes.close();
      throw e;
    }
  }

  Map<String, RuntimeDriver> byName() {
    return Map.copyOf(drivers);
  }

  /** Whether this runtime can freeze instances. */
  boolean canDoze(String runtime) {
    return drivers.get(runtime) instanceof Dozing;
  }

  /** The schema of whichever runtime knows it. */
  ConfigSchemaSource schemas() {
    return () ->
        drivers.values().stream()
            .filter(ConfigSchemaSource.class::isInstance)
            .map(it -> ((ConfigSchemaSource) it).configSchema())
            .flatMap(Optional::stream)
            .findFirst();
  }

  /** The memory of the hosts of this runtime; empty where it cannot tell. */
  Optional<HostMemory> memory(String runtime) {
    return drivers.get(runtime) instanceof Metering metering
        ? Optional.of(metering.memory())
        : Optional.empty();
  }

  @Override
  public Optional<Usage> usage(Instance instance) {
    return drivers.get(instance.wanted().runtime()) instanceof Metering metering
        ? metering.usage(instance.id())
        : Optional.empty();
  }

  @Override
  public OptionalLong stateBytes(Instance instance) {
    return drivers.get(instance.wanted().runtime()) instanceof StateSize sizes
        ? sizes.stateBytes(instance.id())
        : OptionalLong.empty();
  }

  @Override
  public Optional<Running> running(Instance instance) {
    var driver = drivers.get(instance.wanted().runtime());
    return driver != null && driver.observe(instance.id()) instanceof Running running
        ? Optional.of(running)
        : Optional.empty();
  }

  /** A runtime that cannot tell is one where nobody takes another's address. */
  @Override
  public boolean isListening(Instance instance, String host, int port) {
    return !(drivers.get(instance.wanted().runtime()) instanceof Listeners listeners)
        || listeners.isListening(instance.id(), host, port);
  }

  @Override
  public void close() {
    for (var driver : drivers.descendingMap().values()) {
      if (driver instanceof AutoCloseable closeable) {
        try {
          closeable.close();
        } catch (Exception e) {
          log.atWarn().setCause(e).log("A runtime did not close cleanly");
        }
      }
    }
  }
}
