package io.rockpool.channel;

/**
 * Where in a platform something is said.
 *
 * @param chat the platform's id of it
 * @param thread inside the chat; empty for none
 */
public record Place(String chat, String thread) {}
