/** The one-click deployment API of the Lingxi design, as a view on instances. */
@NullMarked
package io.rockpool.server.deploy;

import org.jspecify.annotations.NullMarked;
