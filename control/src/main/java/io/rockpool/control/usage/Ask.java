package io.rockpool.control.usage;

import io.rockpool.runtime.InstanceId;
import java.util.Optional;

/**
 * A call that wants to begin.
 *
 * @param id of its own, never used before
 * @param accountId who owns the instance, and pays
 * @param keyId of the virtual key that was shown
 * @param read tokens that the call will read, estimated, rather too many
 * @param written tokens that it may write at most
 * @param least with so many it is still worth having: 0 to {@code written}
 * @param alone whether it must be the only one in flight of its budget, because nobody knows yet
 *     how its model counts
 * @param price of the model; empty where it has none
 */
public record Ask(
    String id,
    InstanceId instance,
    String accountId,
    String keyId,
    String model,
    long read,
    long written,
    long least,
    boolean alone,
    Optional<Price> price) {
  public Ask {
    if (read < 0 || least < 0 || written < least) {
      throw new IllegalArgumentException("tokens are 0 or more, the least no more than the most");
    }
  }

  /** Tokens that it must be able to use: it reads all, and writes the least. */
  long expected() {
    return read + Math.min(least, Long.MAX_VALUE - read);
  }

  /** The same with what other tries at it may have used, as it is booked should it be lost. */
  Ask after(Tokens lost) {
    return new Ask(
        id,
        instance,
        accountId,
        keyId,
        model,
        read + lost.read(),
        written + lost.output(),
        least + lost.output(),
        alone,
        price);
  }

  /** The same, writing so many tokens at most, but no fewer than the least. */
  Ask writing(long most) {
    return new Ask(
        id,
        instance,
        accountId,
        keyId,
        model,
        read,
        Math.clamp(most, least, written),
        least,
        alone,
        price);
  }
}
