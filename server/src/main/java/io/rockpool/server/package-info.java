/** One process with every role: commands, wiring, and the life of the server. */
@NullMarked
package io.rockpool.server;

import org.jspecify.annotations.NullMarked;
