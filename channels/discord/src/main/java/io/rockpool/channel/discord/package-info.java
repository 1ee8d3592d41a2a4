/** Discord, behind the seam of chat platforms. */
@NullMarked
package io.rockpool.channel.discord;

import org.jspecify.annotations.NullMarked;
