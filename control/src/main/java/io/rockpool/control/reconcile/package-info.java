/** Look, decide, act: brings every instance to what is wanted. */
@NullMarked
package io.rockpool.control.reconcile;

import org.jspecify.annotations.NullMarked;
