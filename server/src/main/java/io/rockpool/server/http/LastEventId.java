package io.rockpool.server.http;

/**
 * {@code Last-Event-ID}: the last event a client of a live stream got before it lost the
 * connection.
 *
 * @param value what the stream sent as an event's id, or what a stranger made up
 */
public record LastEventId(String value) implements Header {}
