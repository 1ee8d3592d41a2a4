/** Webhooks: what happens here, told to programs of operators by the rules of Standard Webhooks. */
@NullMarked
package io.rockpool.control.webhook;

import org.jspecify.annotations.NullMarked;
