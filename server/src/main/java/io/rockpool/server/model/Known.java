package io.rockpool.server.model;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.Instances;
import io.rockpool.server.http.Problem;
import io.rockpool.server.http.Reply;
import io.rockpool.server.instance.InstanceRoutes;
import java.util.function.Function;

/** What most routes begin with. */
final class Known {
  private Known() {}

  /** Does {@code work} with an instance that the actor may see; any other is unknown. */
  static <A> Reply<A> instance(
      Instances instances, Actor actor, String id, Function<Instance, Reply<A>> work) {
    return InstanceRoutes.known(
        id,
        known ->
            instances
                .find(actor, known)
                .map(work)
                .orElseGet(() -> new Reply.Refused<>(Problem.unknownInstance(id))));
  }
}
