package io.rockpool.server.model;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Reply;
import io.rockpool.server.instance.InstanceRoutes;
import java.util.function.Function;
import java.util.function.Supplier;

/** What most routes begin with. */
public final class Known {
  private Known() {}

  /** Does {@code work} with an instance that the actor may see; any other is unknown. */
  public static <A> Reply<A> instance(
      Instances instances, Actor actor, String id, Function<Instance, Reply<A>> work) {
    return InstanceRoutes.known(
        id,
        known ->
            instances
                .find(actor, known)
                .map(work)
                .orElseGet(() -> new Reply.Refused<>(Problem.unknownInstance(id))));
  }

  /** Does {@code work} if it is an account that the actor may see; any other is unknown. */
  public static <A> Reply<A> account(
      Accounts accounts, Actor actor, String id, Supplier<Reply<A>> work) {
    return accounts.isSeen(actor, id)
        ? work.get()
        : new Reply.Refused<>(Problem.unknownAccount(id));
  }
}
