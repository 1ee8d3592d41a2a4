/** The seam behind which chat platforms are spoken to. */
@NullMarked
package io.rockpool.channel;

import org.jspecify.annotations.NullMarked;
