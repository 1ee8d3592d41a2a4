package io.rockpool.control.binding;

import io.rockpool.runtime.InstanceId;
import java.time.Instant;

/**
 * Somebody who speaks to an instance through a shared bot.
 *
 * @param bot by which people find it at its platform
 * @param sender the platform's id of who writes
 */
public record Binding(
    String id,
    InstanceId instance,
    String platform,
    String bot,
    String sender,
    Instant createdAt) {}
