/** Routes: what accounts owe, and what their instances cost. */
@NullMarked
package io.rockpool.server.statement;

import org.jspecify.annotations.NullMarked;
