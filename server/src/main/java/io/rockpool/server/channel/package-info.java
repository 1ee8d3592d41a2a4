/** Chat accounts, through the API. */
@NullMarked
package io.rockpool.server.channel;

import org.jspecify.annotations.NullMarked;
