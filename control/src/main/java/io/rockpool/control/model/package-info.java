/** Models: who may call them. */
@NullMarked
package io.rockpool.control.model;

import org.jspecify.annotations.NullMarked;
