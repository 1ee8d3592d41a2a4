package io.rockpool.control.openclaw;

import static java.util.Objects.requireNonNull;

import io.rockpool.runtime.InstanceFiles;
import io.rockpool.runtime.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The files of one instance. Equal inputs give the same bytes, so that an unchanged file stays
 * untouched: OpenClaw then starts seconds faster.
 *
 * @param openclawJson OpenClaw's configuration. A secret because it names the edge's user
 * @param secretsJson what the configuration refers to
 * @param secretFiles secrets for what takes no references, by the names of their files
 * @param seeds first content of the workspaces, by path below the instance's home
 */
public record RenderedConfig(
    Secret openclawJson,
    Secret secretsJson,
    Map<String, Secret> secretFiles,
    Map<String, String> seeds) {
  static final String CONFIG_FILE = "openclaw.json";
  static final String SECRETS_FILE = "secrets.json";
  static final String SLEEP_FILE = "sleep.cjs";

  private static final String SLEEP_CODE = resource(SLEEP_FILE);

  public RenderedConfig {
    secretFiles = Map.copyOf(secretFiles);
    seeds = Map.copyOf(seeds);
  }

  private static String resource(String name) {
    try (var file = RenderedConfig.class.getResourceAsStream(name)) {
      return new String(requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same, as a runtime takes it. */
  public InstanceFiles files() {
    var secrets = new HashMap<>(secretFiles);
    secrets.put(CONFIG_FILE, openclawJson);
    secrets.put(SECRETS_FILE, secretsJson);
    return new InstanceFiles(Map.of(SLEEP_FILE, SLEEP_CODE), secrets, seeds);
  }
}
