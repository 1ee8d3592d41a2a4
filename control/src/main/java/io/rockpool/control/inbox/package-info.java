/**
 * Messages of chat apps on their way to instances: stored before they are acknowledged, delivered
 * in order for each conversation, and kept where they could not be.
 */
@NullMarked
package io.rockpool.control.inbox;

import org.jspecify.annotations.NullMarked;
