package io.rockpool.server;

import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Reach;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.sleep.Waker;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.time.Duration;
import java.util.function.Function;

/** Reaches gateways directly, and wakes their instances. */
final class GatewayReach implements Reach {
  private static final Actor SERVER = new Actor.Rockpool("channels");

  private final InstanceStore store;
  private final Waker waker;
  private final Function<InstanceId, Secret> password;

  GatewayReach(InstanceStore store, Waker waker, Function<InstanceId, Secret> password) {
    this.store = store;
    this.waker = waker;
    this.password = password;
  }

  @Override
  public Place now(InstanceId id) {
    return store.find(SERVER, id).map(this::place).orElseGet(Place.Gone::new);
  }

  @Override
  public Place awake(InstanceId id, String message, Duration patience) throws InterruptedException {
    return switch (waker.await(SERVER, id, "Channel", message, 0, patience)) {
      case Waker.Awaited.Awake(var instance) -> place(instance);
      case Waker.Awaited.Down(var instance) -> place(instance);
      case Waker.Awaited.Unknown _ -> new Place.Gone();
      case Waker.Awaited.Crowded _, Waker.Awaited.Late _ ->
          new Place.Away("The instance is still on its way. Try again in a moment.");
    };
  }

  private Place place(Instance instance) {
    var gateway = instance.status().gateway();
    if (instance.wanted().goal() == Goal.GONE) {
      return new Place.Gone();
    }
    if (instance.isReachable() && gateway != null) {
      return new Place.Open(gateway, password.apply(instance.id()));
    }
    return instance.wakes()
        ? new Place.Away("The instance is asleep, or on its way. Try again in a moment.")
        : new Place.Down(
            "The instance does not run. Start it: rockpool instances start %s"
                .formatted(instance.id()));
  }
}
