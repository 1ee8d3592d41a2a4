package io.rockpool.server.door;

import io.rockpool.control.account.Accounts;
import io.rockpool.control.account.Actor;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Hold;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.instance.InstanceStore;
import io.rockpool.control.model.ClientKeys;
import io.rockpool.control.model.OwnKeys;
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

  /**
   * @param account empty where the instance is not there, or is to be gone
   * @param held why it may not run
   */
  private record Known(
      Instant until, Optional<String> account, Optional<String> held, OwnKeys.Serial serial) {}

  private final HomeKey home;
  private final InstanceStore store;
  private final OwnKeys own;
  private final ClientKeys clients;
  private final InstantSource clock;
  private final Map<InstanceId, Known> known = new ConcurrentHashMap<>();

  public VirtualKeys(
      HomeKey home, InstanceStore store, OwnKeys own, ClientKeys clients, InstantSource clock) {
    this.home = home;
    this.store = store;
    this.own = own;
    this.clients = clients;
    this.clock = clock;
  }

  /**
   * The key that an instance is given.
   *
   * @param serial how often it was replaced
   */
  public static Secret keyOf(HomeKey home, InstanceId id, long serial) {
    return Secret.of(PREFIX + id + "." + home.of(id, HomeKey.Purpose.MODEL_KEY, serial).reveal());
  }

  @Override
  public Optional<Holder> holder(Secret key) {
    var named = named(key);
    return named.isPresent()
        ? owner(named.get(), key)
            .map(account -> new Holder(OWN, named.get(), account, true, held(named.get())))
        : clients
            .holder(key)
            .map(it ->
                new Holder(it.id(), it.instance(), it.accountId(), false, held(it.instance())));
  }

  /** Why the instance may not run: then no model is called for it either, whoever asks. */
  private Optional<String> held(InstanceId id) {
    return known(id, clock.instant()).held();
  }

  /** Whether it is the key of an instance that nobody owns yet. */
  boolean isOfPool(Secret key) {
    return named(key).flatMap(id -> owner(id, key)).filter(Accounts.POOL::equals).isPresent();
  }

  /** The instance whose own key it pretends to be. */
  private static Optional<InstanceId> named(Secret key) {
    var parts = key.reveal().split("\\.", 3);
    return parts.length == 3 && parts[0].equals("rpk") && InstanceId.isValid(parts[1])
        ? Optional.of(new InstanceId(parts[1]))
        : Optional.empty();
  }

  /** Who owns the instance, if the key is a good one of it and it is still there. */
  private Optional<String> owner(InstanceId id, Secret key) {
    var now = clock.instant();
    var known = known(id, now);
    // Secret compares in constant time.
    return known.serial().goodAt(now).stream().anyMatch(it -> keyOf(home, id, it).equals(key))
        ? known.account()
        : Optional.empty();
  }

  /** A key was replaced here: what is known of it is old. */
  public void forget(InstanceId id) {
    known.remove(id);
  }

  /**
   * Looked up once a second at most: a key that is replaced, or whose instance is held or
   * destroyed, is refused within one. But one that nobody owns yet may get an owner at any moment,
   * whose calls are no rehearsals.
   */
  private Known known(InstanceId id, Instant now) {
    var before = known.get(id);
    if (before == null
        || !now.isBefore(before.until())
        || before.account().filter(Accounts.POOL::equals).isPresent()) {
      var instance = store.find(EDGE, id).filter(it -> it.wanted().goal() != Goal.GONE);
      before =
          new Known(
              now.plus(REMEMBERED),
              instance.map(Instance::accountId),
              instance.flatMap(it -> Optional.ofNullable(it.term().hold())).map(Hold::message),
              own.of(id));
      if (known.size() >= MOST_REMEMBERED) {
        known.clear();
      }
      known.put(id, before);
    }
    return before;
  }
}
