package io.rockpool.cli;

/**
 * One event of a {@code text/event-stream}.
 *
 * @param name {@code message} where the server gives none
 * @param id the last id that the server gave, with this event or before; empty if there was none
 * @param data its lines, joined by line feeds
 */
record ServerEvent(String name, String id, String data) {}
