/** What happened to an instance, in words, with time and progress. */
@NullMarked
package io.rockpool.control.event;

import org.jspecify.annotations.NullMarked;
