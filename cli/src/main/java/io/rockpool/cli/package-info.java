/** The command line client. It knows the API only, and works against any server that serves it. */
@NullMarked
package io.rockpool.cli;

import org.jspecify.annotations.NullMarked;
