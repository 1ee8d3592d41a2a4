/** What accounts owe for a month, and what that month cost the operator. */
@NullMarked
package io.rockpool.control.statement;

import org.jspecify.annotations.NullMarked;
