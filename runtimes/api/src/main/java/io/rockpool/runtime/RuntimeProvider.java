package io.rockpool.runtime;

import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** Opens a driver. Found by {@link java.util.ServiceLoader}; one per kind of runtime. */
public interface RuntimeProvider {
  /** The name that instances and settings use, e.g. {@code process}. Lower case. */
  String name();

  RuntimeDriver open(Setting setting);

  /**
   * What a driver is told about its surroundings.
   *
   * @param home a folder of its own for state that must survive; exists, mode 0700
   * @param cache a folder shared by all homes of this user, for what can be fetched again
   * @param controlPlane the address at which the control plane listens on this host
   * @param reachable what else an operator names that instances call, e.g. a chat platform's API:
   *     also where a runtime closes its host to them
   * @param options settings of this runtime from the configuration, by key
   */
  record Setting(
      Path home,
      Path cache,
      URI controlPlane,
      List<URI> reachable,
      Map<String, String> options,
      InstantSource clock) {
    public Setting {
      reachable = List.copyOf(reachable);
      options = Map.copyOf(options);
    }

    public Setting(
        Path home, Path cache, URI controlPlane, Map<String, String> options, InstantSource clock) {
      this(home, cache, controlPlane, List.of(), options, clock);
    }
  }
}
