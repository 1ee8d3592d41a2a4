/** Runs each instance as an operating-system process tree on this host. */
@NullMarked
package io.rockpool.runtime.process;

import org.jspecify.annotations.NullMarked;
