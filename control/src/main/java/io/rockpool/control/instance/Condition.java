package io.rockpool.control.instance;

import java.time.Instant;

/**
 * One aspect of an instance, and why it is so.
 *
 * @param type in CamelCase, e.g. {@code Ready}, {@code Sandbox}
 * @param status whether it holds
 * @param reason a stable word in CamelCase
 * @param message a sentence for a person; says what to do when something is amiss
 * @param since when {@code status} or {@code reason} last changed
 */
public record Condition(
    String type, boolean status, String reason, String message, Instant since) {}
