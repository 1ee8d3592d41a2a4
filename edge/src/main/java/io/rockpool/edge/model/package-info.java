/** The model gateway: what instances ask of their models, passed to the providers. */
@NullMarked
package io.rockpool.edge.model;

import org.jspecify.annotations.NullMarked;
