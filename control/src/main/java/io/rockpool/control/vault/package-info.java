/**
 * Secrets that must be kept, encrypted: each account has its own data key, and a master key wraps
 * those.
 */
@NullMarked
package io.rockpool.control.vault;

import org.jspecify.annotations.NullMarked;
