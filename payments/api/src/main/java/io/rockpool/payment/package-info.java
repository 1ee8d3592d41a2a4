/** The seam behind which plans are paid for. */
@NullMarked
package io.rockpool.payment;

import org.jspecify.annotations.NullMarked;
