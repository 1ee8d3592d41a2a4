/** Accounts and their tokens in the API. */
@NullMarked
package io.rockpool.server.account;

import org.jspecify.annotations.NullMarked;
