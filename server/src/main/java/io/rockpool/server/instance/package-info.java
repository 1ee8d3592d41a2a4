/** The API of instances: {@code /api/v1/instances}. */
@NullMarked
package io.rockpool.server.instance;

import org.jspecify.annotations.NullMarked;
