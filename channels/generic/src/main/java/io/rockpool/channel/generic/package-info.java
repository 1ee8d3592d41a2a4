/**
 * Platforms that post JSON and sign it: all that differs between them is said by a {@link
 * io.rockpool.channel.generic.Scheme}.
 */
@NullMarked
package io.rockpool.channel.generic;

import org.jspecify.annotations.NullMarked;
