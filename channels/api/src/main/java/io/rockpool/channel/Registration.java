package io.rockpool.channel;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a platform knows about our webhook.
 *
 * @param address where messages go; empty if nowhere
 * @param waiting messages that the platform could not deliver yet
 * @param failedAt when a delivery failed last; null if none did
 * @param failure in the platform's words; empty if none
 */
public record Registration(
    String address, int waiting, @Nullable Instant failedAt, String failure) {}
