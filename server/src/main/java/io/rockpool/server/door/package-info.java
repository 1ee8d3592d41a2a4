/** Who may come in: tokens, browser sessions, and the gate of the edge. */
@NullMarked
package io.rockpool.server.door;

import org.jspecify.annotations.NullMarked;
