/** Subscriptions, ends of instances, and the doors by which payments come in. */
@NullMarked
package io.rockpool.server.billing;

import org.jspecify.annotations.NullMarked;
