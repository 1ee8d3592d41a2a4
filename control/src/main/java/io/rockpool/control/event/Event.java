package io.rockpool.control.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened to an instance.
 *
 * @param id counts the events of one instance, from 1
 * @param kind a stable word in CamelCase, e.g. {@code Starting}
 * @param progress 0 to 100 while the instance is on its way to something; null for the rest
 * @param message one sentence for the account's owner
 */
public record Event(
    long id, Instant time, String kind, @Nullable Integer progress, String message) {}
