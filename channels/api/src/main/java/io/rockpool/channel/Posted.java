package io.rockpool.channel;

/**
 * A message of ours, so that it can be edited.
 *
 * @param id the platform's, unique in its chat
 */
public record Posted(Place place, String id) {}
