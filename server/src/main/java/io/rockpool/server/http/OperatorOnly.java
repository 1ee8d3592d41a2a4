package io.rockpool.server.http;

import io.rockpool.control.account.Actor;
import java.util.function.Supplier;

/** What users may not do. */
public final class OperatorOnly {
  private OperatorOnly() {}

  /** Does {@code work} if the actor is an operator. */
  public static <A> Reply<A> reply(Actor actor, Supplier<Reply<A>> work) {
    return actor instanceof Actor.User
        ? new Reply.Refused<>(
            Problem.Kind.FORBIDDEN.detail(
                "Only an operator may do this. Ask the one of this installation."))
        : work.get();
  }
}
