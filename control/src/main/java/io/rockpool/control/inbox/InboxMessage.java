package io.rockpool.control.inbox;

import io.rockpool.runtime.InstanceId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stored message, without its content.
 *
 * @param key its idempotency key, see {@link InboundMessage#key}; it is also its id
 * @param sequence grows with each message of an instance; {@link #NO_SEQUENCE} in an attempt that
 *     began as it came
 * @param attempts begun so far, since it was received or replayed
 * @param uncertain whether an earlier attempt may have delivered it: its server died, or the
 *     connection broke. Who delivers it looks first, or knows it again by its key
 * @param expiresAt when it is given up
 * @param nextAt not tried before; of no meaning once it is settled
 * @param triedAt when the last attempt began; null before the first
 * @param settledAt when it was delivered, rejected or given up; null until then
 * @param lastError why the last attempt failed, in words; null when none did
 */
public record InboxMessage(
    String key,
    long sequence,
    InstanceId instance,
    String accountId,
    String connection,
    String messageId,
    String platform,
    String lane,
    State state,
    int attempts,
    boolean uncertain,
    Instant receivedAt,
    Instant expiresAt,
    Instant nextAt,
    @Nullable Instant triedAt,
    @Nullable Instant settledAt,
    @Nullable String lastError) {
  static final long NO_SEQUENCE = 0;
}
