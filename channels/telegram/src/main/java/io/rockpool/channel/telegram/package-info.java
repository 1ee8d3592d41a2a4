/** Telegram, behind the seam of chat platforms. */
@NullMarked
package io.rockpool.channel.telegram;

import org.jspecify.annotations.NullMarked;
