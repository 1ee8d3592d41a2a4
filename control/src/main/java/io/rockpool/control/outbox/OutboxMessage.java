package io.rockpool.control.outbox;

import io.rockpool.channel.Place;
import io.rockpool.runtime.InstanceId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stored message to a platform, without its words.
 *
 * @param id the key of the delivery that it answers, a slash, and the part
 * @param key of the delivery that it answers
 * @param part 0 and up; long answers have several
 * @param instance whose answer it is; null for Rockpool's own words
 * @param posted the platform's id of the message that gets these words; null while there is none
 * @param attempts begun so far; pauses that the platform wanted are not counted
 * @param triedAt when the last attempt began; null before the first
 * @param settledAt when it was sent, or given up; null until then
 * @param lastError why the last attempt failed, in words; null when none did
 */
public record OutboxMessage(
    String id,
    String key,
    int part,
    String connection,
    String platform,
    @Nullable InstanceId instance,
    String accountId,
    Place place,
    @Nullable String posted,
    State state,
    int attempts,
    Instant createdAt,
    Instant expiresAt,
    Instant nextAt,
    @Nullable Instant triedAt,
    @Nullable Instant settledAt,
    @Nullable String lastError) {}
