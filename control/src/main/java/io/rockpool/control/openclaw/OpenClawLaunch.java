package io.rockpool.control.openclaw;

import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.InstanceSpec;
import io.rockpool.runtime.Limits;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How a gateway is started. */
public final class OpenClawLaunch {
  private static final List<String> COMMAND = List.of("openclaw", "gateway");

  /** The variable with the address for whatever is not the gateway's port. */
  static final String LISTENER = "ROCKPOOL_LISTENER";

  /** The variable with the folder of the configuration and of secrets. */
  static final String CONFIG = "ROCKPOOL_CONFIG";

  /** Variables by which OpenClaw is told where a platform's API is; it has no setting for these. */
  private static final Map<String, String> API_ROOTS =
      Map.of(
          "slack", "SLACK_API_URL",
          "discord", "DISCORD_API_URL",
          "whatsapp", "OPENCLAW_WHATSAPP_WEB_SOCKET_URL");

  /** The same, with all platforms' APIs where they are. */
  public static InstanceSpec spec(
      InstanceId id, long generation, RenderedConfig config, Limits limits) {
    return spec(id, generation, config, limits, Map.of());
  }

  /**
   * What a runtime needs to run this instance.
   *
   * @param apiRoots in place of platforms' own, by OpenClaw's names for the platforms. Those that
   *     are part of an account are not looked at
   */
  public static InstanceSpec spec(
      InstanceId id,
      long generation,
      RenderedConfig config,
      Limits limits,
      Map<String, URI> apiRoots) {
    return new InstanceSpec(
        id, generation, COMMAND, environment(limits, apiRoots), config.files(), limits);
  }

  static Map<String, String> environment(Limits limits, Map<String, URI> apiRoots) {
    var environment = new HashMap<>(environment(limits));
    API_ROOTS.forEach((platform, variable) -> {
      var root = apiRoots.get(platform);
      if (root != null) {
        environment.put(variable, root.toString());
      }
    });
    return environment;
  }

  static Map<String, String> environment(Limits limits) {
    return Map.ofEntries(
        Map.entry("OPENCLAW_STATE_DIR", "{home}/.openclaw"),
        Map.entry("OPENCLAW_CONFIG_PATH", "{config}/" + RenderedConfig.CONFIG_FILE),
        Map.entry(CONFIG, "{config}"), // the configuration refers to it
        Map.entry("OPENCLAW_GATEWAY_PORT", "{port}"),
        Map.entry(LISTENER, "{listener}"), // and so it does to this
        Map.entry("OPENCLAW_CONFIG_READONLY", "1"), // the store is the one place to change it
        Map.entry("OPENCLAW_DISABLE_BONJOUR", "1"),
        Map.entry("OPENCLAW_NO_RESPAWN", "1"), // the pid that was started stays the gateway
        Map.entry("OPENCLAW_EXEC_SHELL_SNAPSHOT", "0"),
        Map.entry("OPENCLAW_OFFLINE", "1"), // no downloads of its own
        Map.entry(
            "OPENCLAW_TRAJECTORY", "0"), // else each turn copies the configuration into SQLite
        // Compiled code on disk costs 60 MB of memory and 39 MB of disk in every instance and saves
        // hardly any time: docs/reference/start-up.md
        Map.entry("NODE_DISABLE_COMPILE_CACHE", "1"),
        Map.entry("NODE_OPTIONS", nodeOptions(limits)));
  }

  /**
   * Three eighths of the memory for JavaScript, the rest for code, SQLite and the gateway's own
   * processes. Below 384 MiB turns take up to ten seconds (measured), so that is the least.
   */
  static String nodeOptions(Limits limits) {
    var heap = Math.clamp((limits.memoryBytes() >> 20) * 3 / 8, 384, 4_096);
    var semiSpace = heap < 1_024 ? 4 : 16;
    return "--max-old-space-size=%d --max-semi-space-size=%d --require \"{config}/%s\""
        .formatted(heap, semiSpace, RenderedConfig.SLEEP_FILE);
  }

  private OpenClawLaunch() {}
}
