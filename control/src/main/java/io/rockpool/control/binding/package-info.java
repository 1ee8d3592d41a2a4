/**
 * Bots that many users share: who of them speaks to which instance, what Rockpool itself answers,
 * and how messages become answers that are shown while they are written.
 */
@NullMarked
package io.rockpool.control.binding;

import org.jspecify.annotations.NullMarked;
