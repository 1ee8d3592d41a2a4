/** Plans: what an instance may use. */
@NullMarked
package io.rockpool.control.plan;

import org.jspecify.annotations.NullMarked;
