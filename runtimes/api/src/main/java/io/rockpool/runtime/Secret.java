package io.rockpool.runtime;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * A value that must not be seen. Prints as stars, compares in constant time, and is read only by
 * {@link #reveal}.
 */
public final class Secret {
  private final byte[] bytes;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Secret of(String value) {
    return new Secret(value.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The value. Every class that calls this is listed in {@code SeamsTest}, an architecture test.
   */
  public String reveal() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Time depends on the lengths only (MessageDigest.isEqual, JDK). */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
  }

  /** The same for all: a hash of a secret is a hint at the secret. Never a key of a large map. */
  @Override
  public int hashCode() {
    return 0;
  }

  @Override
  public String toString() {
    return "***";
  }
}
