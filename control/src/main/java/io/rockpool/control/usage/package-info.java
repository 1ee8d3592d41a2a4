/** What calls of models use, what that costs, and what they may cost. */
@NullMarked
package io.rockpool.control.usage;

import org.jspecify.annotations.NullMarked;
