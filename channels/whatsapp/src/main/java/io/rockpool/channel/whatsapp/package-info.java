/** WhatsApp, behind the seam of chat platforms. */
@NullMarked
package io.rockpool.channel.whatsapp;

import org.jspecify.annotations.NullMarked;
