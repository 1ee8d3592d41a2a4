package io.rockpool.control.openclaw;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.Secret;
import java.util.Map;

/**
 * The files of one instance. Equal inputs give the same bytes, so that an unchanged file stays
 * untouched: OpenClaw then starts seconds faster.
 *
 * @param openclawJson OpenClaw's configuration. A secret because it names the edge's user
 * @param secretsJson what the configuration refers to
 * @param seeds first content of the workspaces, by path below the instance's home
 */
public record RenderedConfig(Secret openclawJson, Secret secretsJson, Map<String, String> seeds) {
  static final String CONFIG_FILE = "openclaw.json";
  static final String SECRETS_FILE = "secrets.json";

  public RenderedConfig {
    seeds = Map.copyOf(seeds);
  }

  /** The same, as a runtime takes it. */
  public InstanceFiles files() {
    return new InstanceFiles(
        Map.of(), Map.of(CONFIG_FILE, openclawJson, SECRETS_FILE, secretsJson), seeds);
  }
}
