package io.rockpool.server.door;

import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Instances as the edge needs them for every request, remembered for a moment. */
final class Places {
  /** Short: another replica may have moved the instance. */
  private static final Duration REMEMBERED = Duration.ofMillis(500);

  private static final int MOST = 20_000;
  private static final Actor EDGE = new Actor.Rockpool("edge");

  private record Known(Optional<Instance> instance, Instant until) {}

  private final InstanceStore store;
  private final InstantSource clock;
  private final ConcurrentHashMap<InstanceId, Known> known = new ConcurrentHashMap<>();

  Places(InstanceStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /** The instance, if this actor may see it. */
  Optional<Instance> find(Actor actor, InstanceId id) {
    return recent(id)
        .orElseGet(() -> lookedUp(id))
        .instance()
        .filter(it -> actor.maySee(it.accountId()));
  }

  /** The instance, if this actor may see it and it was asked for just now. */
  Optional<Instance> remembered(Actor actor, InstanceId id) {
    return recent(id).flatMap(Known::instance).filter(it -> actor.maySee(it.accountId()));
  }

  private Optional<Known> recent(InstanceId id) {
    return Optional.ofNullable(known.get(id)).filter(it -> clock.instant().isBefore(it.until()));
  }

  /** What somebody else just looked up. */
  void remember(Instance instance) {
    known.put(instance.id(), new Known(Optional.of(instance), clock.instant().plus(REMEMBERED)));
  }

  private Known lookedUp(InstanceId id) {
    var now = clock.instant();
    if (known.size() >= MOST) {
      known.clear();
    }
    var found = new Known(store.find(EDGE, id), now.plus(REMEMBERED));
    known.put(id, found);
    return found;
  }

  /** The instance as it is in the store now. */
  Optional<Instance> fresh(InstanceId id) {
    return store.find(EDGE, id);
  }
}
