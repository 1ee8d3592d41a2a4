package io.rockpool.server.http;

/**
 * A request header that a route reads: a component of its request record with one of these types,
 * or with an {@code Optional} of it. A header that is not declared this way is not the route's
 * business.
 */
public sealed interface Header permits Accept, IfMatch, LastEventId {
  /** The header's value as it came. */
  String value();
}
