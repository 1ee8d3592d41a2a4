/** The contract every runtime passes, and a runtime in memory that passes it. */
@NullMarked
package io.rockpool.runtime.tck;

import org.jspecify.annotations.NullMarked;
