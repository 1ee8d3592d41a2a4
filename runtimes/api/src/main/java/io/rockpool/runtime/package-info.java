/** Where instances run: the seam between the control plane and a runtime. */
@NullMarked
package io.rockpool.runtime;

import org.jspecify.annotations.NullMarked;
