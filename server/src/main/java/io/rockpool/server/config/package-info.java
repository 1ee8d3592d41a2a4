/** What an operator may set, from one documented table. */
@NullMarked
package io.rockpool.server.config;

import org.jspecify.annotations.NullMarked;
