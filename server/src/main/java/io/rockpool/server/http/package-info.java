/**
 * The API's web layer: a table of {@link io.rockpool.server.http.Route} values that is served,
 * validated and documented from the same place. It knows nothing of the domain.
 */
@NullMarked
package io.rockpool.server.http;

import org.jspecify.annotations.NullMarked;
