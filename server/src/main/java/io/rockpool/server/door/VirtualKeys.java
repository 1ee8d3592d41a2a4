package io.rockpool.server.door;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.model.ClientKeys;
import io.rockpool.control.secret.HomeKey;
import io.rockpool.edge.model.ModelKeys;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys that the model gateway knows: those of instances, {@code rpk.ID.SECRET}, and those made
 * for other clients.
 */
public final class VirtualKeys implements ModelKeys {
  /** The id of the key that every instance has. */
  public static final String OWN = "own";

  private static final String PREFIX = "rpk.";
  private static final Actor EDGE = new Actor.Rockpool("model gateway");

  private static final Duration REMEMBERED = Duration.ofMillis(800);
  private static final int MOST_REMEMBERED = 10_000;

  private record Known(Instant until, Optional<String> account) {}

  private final HomeKey home;
  private final InstanceStore store;
  private final ClientKeys clients;
  private final InstantSource clock;
  private final Map<InstanceId, Known> known = new ConcurrentHashMap<>();

  public VirtualKeys(HomeKey home, InstanceStore store, ClientKeys clients, InstantSource clock) {
    this.home = home;
    this.store = store;
    this.clients = clients;
    this.clock = clock;
  }

  /** The key that an instance is given. */
  public static Secret keyOf(HomeKey home, InstanceId id) {
    return Secret.of(PREFIX + id + "." + home.of(id, HomeKey.Purpose.MODEL_KEY).reveal());
  }

  @Override
  public Optional<Holder> holder(Secret key) {
    var own = instanceOf(key);
    return own.isPresent()
        ? own.flatMap(this::owner).map(account -> new Holder(OWN, own.get(), account, true))
        : clients.holder(key).map(it -> new Holder(it.id(), it.instance(), it.accountId(), false));
  }

  /** Whether it is the key of an instance that nobody owns yet. */
  boolean isOfPool(Secret key) {
    return instanceOf(key).flatMap(this::owner).filter(Accounts.POOL::equals).isPresent();
  }

  /** The instance whose own key it is, should it still be there. */
  private Optional<InstanceId> instanceOf(Secret key) {
    var parts = key.reveal().split("\\.", 3);
    if (parts.length != 3 || !parts[0].equals("rpk") || !InstanceId.isValid(parts[1])) {
      return Optional.empty();
    }
    var id = new InstanceId(parts[1]);
    // Secret compares in constant time.
    return keyOf(home, id).equals(key) ? Optional.of(id) : Optional.empty();
  }

  /**
   * Looked up once a second at most: an instance that is destroyed is refused within one. But one
   * that nobody owns yet may get an owner at any moment, whose calls are no rehearsals.
   */
  private Optional<String> owner(InstanceId id) {
    var now = clock.instant();
    var before = known.get(id);
    if (before == null
        || !now.isBefore(before.until())
        || before.account().filter(Accounts.POOL::equals).isPresent()) {
      before = new Known(now.plus(REMEMBERED), store.find(EDGE, id).map(Instance::accountId));
      if (known.size() >= MOST_REMEMBERED) {
        known.clear();
      }
      known.put(id, before);
    }
    return before.account();
  }
}
