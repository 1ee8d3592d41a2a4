package io.rockpool.channel;

/**
 * Who a token belongs to.
 *
 * @param id by which the platform shows us as the sender
 * @param name by which people find us
 * @param team the workspace; empty where the platform has none
 */
public record Identity(String id, String name, String team) {}
