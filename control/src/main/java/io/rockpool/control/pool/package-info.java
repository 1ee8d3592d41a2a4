/** A few started instances without an owner, so that a new user need not wait for a start. */
@NullMarked
package io.rockpool.control.pool;

import org.jspecify.annotations.NullMarked;
