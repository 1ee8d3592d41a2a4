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
import java.util.Optional;

/**
 * The keys that the model gateway knows: those of instances, {@code rpk.ID.SECRET}, and those made
 * for other clients.
 */
public final class VirtualKeys implements ModelKeys {
  /** The id of the key that every instance has. */
  public static final String OWN = "own";

  private static final String PREFIX = "rpk.";
  private static final Actor EDGE = new Actor.Rockpool("model gateway");

  private final HomeKey home;
  private final InstanceStore store;
  private final ClientKeys clients;

  public VirtualKeys(HomeKey home, InstanceStore store, ClientKeys clients) {
    this.home = home;
    this.store = store;
    this.clients = clients;
  }

  /** The key that an instance is given. */
  public static Secret keyOf(HomeKey home, InstanceId id) {
    return Secret.of(PREFIX + id + "." + home.of(id, HomeKey.Purpose.MODEL_KEY).reveal());
  }

  @Override
  public Optional<Holder> holder(Secret key) {
    return instance(key)
        .map(it -> new Holder(OWN, it.id(), it.accountId(), true))
        .or(() ->
            clients
                .holder(key)
                .map(it -> new Holder(it.id(), it.instance(), it.accountId(), false)));
  }

  /** Whether it is the key of an instance that nobody owns yet. */
  boolean isOfPool(Secret key) {
    return instance(key).filter(it -> it.accountId().equals(Accounts.POOL)).isPresent();
  }

  private Optional<Instance> instance(Secret key) {
    var parts = key.reveal().split("\\.", 3);
    if (parts.length != 3 || !parts[0].equals("rpk") || !InstanceId.isValid(parts[1])) {
      return Optional.empty();
    }
    var id = new InstanceId(parts[1]);
    // Secret compares in constant time.
    return keyOf(home, id).equals(key) ? store.find(EDGE, id) : Optional.empty();
  }
}
