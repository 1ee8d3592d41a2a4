/** The API of models: keys, prices, budgets and usage. */
@NullMarked
package io.rockpool.server.model;

import org.jspecify.annotations.NullMarked;
