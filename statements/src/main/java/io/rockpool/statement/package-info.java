/** Statements on paper: PDF. */
@NullMarked
package io.rockpool.statement;

import org.jspecify.annotations.NullMarked;
