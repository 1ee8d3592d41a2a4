/** Payments by Stripe, through its own library. */
@NullMarked
package io.rockpool.payment.stripe;

import org.jspecify.annotations.NullMarked;
