/** Who speaks to an instance through a bot that many share, and what was said there. */
@NullMarked
package io.rockpool.server.binding;

import org.jspecify.annotations.NullMarked;
