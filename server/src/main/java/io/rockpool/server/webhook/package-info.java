/** Webhooks of operators, in the API. */
@NullMarked
package io.rockpool.server.webhook;

import org.jspecify.annotations.NullMarked;
