package io.rockpool.control.instance;

import io.rockpool.runtime.InstanceId;
import java.time.Instant;

/**
 * One person's OpenClaw: what is wanted of it, and what was seen.
 *
 * @param name what its owner calls it, 1 to 80 characters
 * @param updatedAt when what is wanted last changed
 */
public record Instance(
    InstanceId id,
    String accountId,
    String name,
    Instant createdAt,
    Instant updatedAt,
    Wanted wanted,
    Status status) {

  /** The same instance, of which something else is wanted since {@code now}. */
  Instance wanting(Wanted other, Status status, Instant now) {
    return new Instance(id, accountId, name, createdAt, now, other, status);
  }

  /** The same instance, seen otherwise. */
  public Instance seen(Status other) {
    return new Instance(id, accountId, name, createdAt, updatedAt, wanted, other);
  }
}
