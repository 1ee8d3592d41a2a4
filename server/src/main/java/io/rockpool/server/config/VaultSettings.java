package io.rockpool.server.config;

import io.rockpool.runtime.Secret;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the vault's master key is; with none of these, in a file of the home folder.
 *
 * @param masterKey keys as text, the newest first
 */
public record VaultSettings(
    @Nullable Secret masterKey, @Nullable Pkcs12 pkcs12, @Nullable Kms kms) {
  /**
   * @param alias of the key that encrypts; the file's others only decrypt
   */
  public record Pkcs12(Path file, Secret password, String alias) {}

  /**
   * @param service which kind it is, e.g. {@code aws}
   * @param key as the service names it
   * @param endpoint null for the usual one
   */
  public record Kms(String service, String key, @Nullable URI endpoint) {}
}
