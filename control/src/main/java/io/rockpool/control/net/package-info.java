/** Where this server may be sent by addresses that others give it. */
@NullMarked
package io.rockpool.control.net;

import org.jspecify.annotations.NullMarked;
