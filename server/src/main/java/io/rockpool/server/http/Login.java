package io.rockpool.server.http;

import io.rockpool.control.account.Actor;
import io.rockpool.runtime.Secret;
import java.util.Optional;

/**
 * Decides who asks. Called for every route that is not public, before the body is read. May block.
 */
@FunctionalInterface
public interface Login {
  /** The verdict. */
  sealed interface Result {}

  /** Known, and allowed to use a route of this scope. */
  record In(Actor actor) implements Result {}

  /** 401, 403 or 429. A 401 is sent with {@code WWW-Authenticate: Bearer}. */
  record Out(Problem problem) implements Result {}

  /**
   * What is known before the body.
   *
   * @param method in upper case
   * @param path decoded, without the query
   * @param scope what the route asks for; never {@link Route.Scope#PUBLIC}
   * @param remote the address of the other end, which may be a proxy
   * @param headers the request's headers; the first of several
   */
  record Attempt(String method, String path, Route.Scope scope, String remote, Headers headers) {
    private static final String BEARER = "Bearer ";

    /** The bearer token, if one was sent. */
    public Optional<Secret> bearer() {
      return headers
          .first("Authorization")
          .filter(it -> it.regionMatches(true, 0, BEARER, 0, BEARER.length()))
          .map(it -> it.substring(BEARER.length()).strip())
          .filter(it -> !it.isEmpty())
          .map(Secret::of);
    }
  }

  /** Looks a header up, case does not matter. */
  @FunctionalInterface
  interface Headers {
    Optional<String> first(String name);
  }

  Result login(Attempt attempt);
}
