package io.rockpool.server.config;

import io.rockpool.runtime.Secret;
import org.jspecify.annotations.Nullable;

/**
 * Where the store is.
 *
 * @param url {@code jdbc:postgresql://…}; null for SQLite in the home folder
 */
public record DatabaseSettings(
    @Nullable String url, @Nullable String user, @Nullable Secret password) {}
