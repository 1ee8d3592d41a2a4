/** Secrets of instances, derived from one key of this home. */
@NullMarked
package io.rockpool.control.secret;

import org.jspecify.annotations.NullMarked;
