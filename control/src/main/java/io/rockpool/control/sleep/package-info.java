/** Sleep: who needs an instance, and waking those that are needed. */
@NullMarked
package io.rockpool.control.sleep;

import org.jspecify.annotations.NullMarked;
