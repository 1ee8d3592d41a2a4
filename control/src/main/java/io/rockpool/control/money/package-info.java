/** Exact amounts of money. */
@NullMarked
package io.rockpool.control.money;

import org.jspecify.annotations.NullMarked;
