package io.rockpool.runtime;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * The files an instance is given. Keys are relative paths with {@code /}, without {@code ..}.
 *
 * @param config content by path below the instance's config folder: written anew on every start,
 *     replaced atomically, and not writable by the instance where the runtime can prevent it
 * @param secrets the same, for content that must not be seen: readable by the instance's own user
 *     only (mode 0600)
 * @param seeds content by path below the instance's home: written only where nothing is yet, so
 *     that what the user changed stays
 */
public record InstanceFiles(
    Map<String, String> config, Map<String, Secret> secrets, Map<String, String> seeds) {
  private static final Pattern PATH =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");

  public static final InstanceFiles NONE = new InstanceFiles(Map.of(), Map.of(), Map.of());

  public InstanceFiles {
    config = Map.copyOf(config);
    secrets = Map.copyOf(secrets);
    seeds = Map.copyOf(seeds);
    config.keySet().forEach(InstanceFiles::check);
    secrets.keySet().forEach(InstanceFiles::check);
    seeds.keySet().forEach(InstanceFiles::check);
  }

  private static void check(String path) {
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException("'%s' is no relative file path".formatted(path));
    }
  }
}
