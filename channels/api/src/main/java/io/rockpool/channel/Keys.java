package io.rockpool.channel;

import io.rockpool.runtime.Secret;

/**
 * What one connection's webhook is read with.
 *
 * @param secret by which the platform proves that it is the sender
 * @param self our own id at the platform, as {@link Identity#id}, so that what we wrote is known
 *     again; empty while it is not known
 */
public record Keys(Secret secret, String self) {}
