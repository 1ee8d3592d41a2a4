/** One relational schema on SQLite or PostgreSQL, by plain JDBC. */
@NullMarked
package io.rockpool.control.store;

import org.jspecify.annotations.NullMarked;
