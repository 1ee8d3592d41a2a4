/** The contract of payment providers, and doubles for tests. */
@NullMarked
package io.rockpool.payment.tck;

import org.jspecify.annotations.NullMarked;
