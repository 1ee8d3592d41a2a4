/** The API of the vault, for operators. */
@NullMarked
package io.rockpool.server.vault;

import org.jspecify.annotations.NullMarked;
