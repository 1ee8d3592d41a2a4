package io.rockpool.control.inbox;

import java.time.Duration;

/**
 * What is in the inbox, of all instances.
 *
 * @param received waiting for an attempt
 * @param oldest how long the oldest of what is received or delivering is there; zero without any
 */
public record Counts(long received, long delivering, long dead, Duration oldest) {}
