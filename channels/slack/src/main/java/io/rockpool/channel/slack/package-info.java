/** Slack, behind the seam of chat platforms. */
@NullMarked
package io.rockpool.channel.slack;

import org.jspecify.annotations.NullMarked;
