/** Who owns instances, and who acts. */
@NullMarked
package io.rockpool.control.account;

import org.jspecify.annotations.NullMarked;
