/** Deleting accounts: what goes with them, and what stays. */
@NullMarked
package io.rockpool.control.departure;

import org.jspecify.annotations.NullMarked;
