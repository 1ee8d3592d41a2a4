/** The whole product as its users have it: a server process, the real OpenClaw, real clients. */
@NullMarked
package io.rockpool.server.e2e;

import org.jspecify.annotations.NullMarked;
