/** Who pays for which plan, and what happens when nobody does. */
@NullMarked
package io.rockpool.control.billing;

import org.jspecify.annotations.NullMarked;
