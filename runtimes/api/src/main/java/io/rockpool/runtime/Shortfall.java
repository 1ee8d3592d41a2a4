package io.rockpool.runtime;

/**
 * Something this host could not give an instance that runs all the same.
 *
 * @param name a stable word for the missing thing, in CamelCase, e.g. {@code Sandbox}, {@code
 *     OwnUser}, {@code MemoryLimit}
 * @param advice one sentence: what is missing, what follows from it, and how to get it
 */
public record Shortfall(String name, String advice) {}
