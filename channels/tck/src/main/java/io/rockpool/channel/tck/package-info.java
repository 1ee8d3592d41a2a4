/** What every chat platform promises, and doubles of those that we speak to. */
@NullMarked
package io.rockpool.channel.tck;

import org.jspecify.annotations.NullMarked;
