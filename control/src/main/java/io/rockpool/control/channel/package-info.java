/**
 * Chat accounts that are connected: the user's own bot to an instance, or the operator's one bot to
 * many users. What comes for them goes to the inbox, and from there to instances.
 */
@NullMarked
package io.rockpool.control.channel;

import org.jspecify.annotations.NullMarked;
