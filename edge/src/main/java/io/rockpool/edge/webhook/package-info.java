/** Where chat platforms bring what people wrote. */
@NullMarked
package io.rockpool.edge.webhook;

import org.jspecify.annotations.NullMarked;
