/** The data plane: what carries requests to the instances and from them to the models. */
@NullMarked
package io.rockpool.edge;

import org.jspecify.annotations.NullMarked;
