/** Instances: what is wanted, what was seen, and the verbs that change them. */
@NullMarked
package io.rockpool.control.instance;

import org.jspecify.annotations.NullMarked;
