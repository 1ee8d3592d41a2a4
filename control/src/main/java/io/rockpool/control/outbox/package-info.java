/**
 * Messages on their way to chat platforms: stored before anybody relies on them, said in order for
 * each chat and never twice, and kept where they could not be.
 */
@NullMarked
package io.rockpool.control.outbox;

import org.jspecify.annotations.NullMarked;
