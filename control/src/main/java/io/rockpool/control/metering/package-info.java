/** What instances use of their hosts, and what that costs the operator. */
@NullMarked
package io.rockpool.control.metering;

import org.jspecify.annotations.NullMarked;
