/** What goes out of this server, to hosts that others named. */
@NullMarked
package io.rockpool.edge.outward;

import org.jspecify.annotations.NullMarked;
