package io.rockpool.server.config;

import io.rockpool.runtime.Secret;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the vault's master key is; with neither, in a file of the home folder.
 *
 * @param masterKey keys as text, the newest first
 */
public record VaultSettings(@Nullable Secret masterKey, @Nullable Pkcs12 pkcs12) {
  /**
   * @param alias of the key that encrypts; the file's others only decrypt
   */
  public record Pkcs12(Path file, Secret password, String alias) {}
}
