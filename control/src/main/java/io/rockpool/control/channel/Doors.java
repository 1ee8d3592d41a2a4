package io.rockpool.control.channel;

import io.rockpool.channel.Channel;
import io.rockpool.channel.Channel.Transport;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Receiver;
import io.rockpool.channel.Webhook;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All connections in memory. A small question to the database each second says whether there is
 * something new; then only that is read. The secret of a connection is decrypted when its first
 * message comes: a server that starts with ten thousand need not ask a KMS ten thousand times.
 */
final class Doors implements Directory, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Doors.class);

  private static final Duration EVERY = Duration.ofSeconds(1);

  /** The store is told so often that a platform wrote. */
  private static final Duration TOLD = Duration.ofMinutes(1);

  /** What is known of a connection from its first message on, whatever else changes. */
  private static final class Ear {
    volatile @Nullable Receiver receiver;
    volatile @Nullable Instant heardAt;
    volatile Instant toldAt = Instant.EPOCH;
  }

  private record Place(Connection connection, Channel channel, String keyHash, Ear ear) {}

  private final ConnectionStore store;
  private final ConnectionSecrets secrets;
  private final Platforms platforms;
  private final InstantSource clock;
  private final Map<String, Place> byHash = new ConcurrentHashMap<>();
  private final Map<String, Place> byId = new ConcurrentHashMap<>();
  private final Thread reader = Thread.ofVirtual().name("connections").unstarted(this::read);
  private volatile Set<InstanceId> live = Set.of();
  private long seen = -1;

  Doors(
      ConnectionStore store, ConnectionSecrets secrets, Platforms platforms, InstantSource clock) {
    this.store = store;
    this.secrets = secrets;
    this.platforms = platforms;
    this.clock = clock;
  }

  @Override
  public Optional<Channel> channel(String platform) {
    return platforms.channel(platform);
  }

  @Override
  public Optional<Door> byKey(String platform, String key) {
    return Optional.ofNullable(byHash.get(ConnectionSecrets.hash(key)))
        .filter(it -> it.connection().platform().equals(platform))
        .flatMap(this::door);
  }

  @Override
  public Optional<Door> byId(String connection) {
    return Optional.ofNullable(byId.get(connection)).flatMap(this::door);
  }

  private Optional<Door> door(Place place) {
    var receiver = place.ear().receiver;
    if (receiver == null) {
      var secret = secrets.secret(place.connection());
      if (secret.isEmpty()) {
        return Optional.empty();
      }
      receiver =
          new Heard(
              place.channel().receiver(new Keys(secret.get(), place.connection().identity().id())),
              place.ear());
      place.ear().receiver = receiver;
    }
    return Optional.of(new Door(place.connection(), place.channel(), receiver));
  }

  /** Notes that the platform wrote. */
  private record Heard(Receiver receiver, Ear ear) implements Receiver {
    @Override
    public Receipt receive(Webhook request, Instant now) {
      var receipt = receiver.receive(request, now);
      if (!(receipt instanceof Receipt.Forged)) {
        ear.heardAt = now;
      }
      return receipt;
    }

    @Override
    public Map<String, String> sign(byte[] body, Instant now) {
      return receiver.sign(body, now);
    }
  }

  /** Reads what is there, and then each second what is new. */
  void start() {
    refresh();
    reader.start();
  }

  private void read() {
    try {
      while (true) {
        Thread.sleep(EVERY);
        try {
          refresh();
          tell();
        } catch (RuntimeException e) {
          log.atWarn().setCause(e).log("Cannot look for changes of connections; trying again");
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reads what is new, if anything is. */
  synchronized void refresh() {
    var revision = store.revision();
    if (revision == seen) {
      return;
    }
    // Of a database that was put back the revision is smaller: then all is new.
    var changed = store.since(revision < seen ? -1 : seen);
    for (var row : changed) {
      put(row);
    }
    var there = store.ids();
    for (var id : List.copyOf(byId.keySet())) {
      if (!there.contains(id)) {
        drop(id);
      }
    }
    seen = revision;
    live =
        byId.values().stream()
            .map(Place::connection)
            .filter(this::isLive)
            .flatMap(it -> Optional.ofNullable(it.instance()).stream())
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether the instance of a connection holds a live one to the platform while it is awake. */
  boolean isLive(Connection connection) {
    return connection.instance() != null
        && platforms
            .channel(connection.platform())
            .filter(it -> it.transport() == Transport.SOCKET && mayHold(connection.state(), it))
            .isPresent();
  }

  /**
   * Nobody holds one whose token the platform refuses, and whether it still does is seen here. That
   * of a linked account comes back by itself, in an instance that is awake.
   */
  private static boolean mayHold(State state, Channel channel) {
    return switch (state) {
      case LOGIN, DISCONNECTING -> false;
      case FAILING -> channel.isLinked();
      case CONNECTING, CONNECTED -> true;
    };
  }

  /** Whether an instance holds a live connection to a platform while it is awake. */
  boolean isLive(InstanceId instance) {
    return live.contains(instance);
  }

  private void put(ConnectionStore.Row row) {
    var connection = row.connection();
    var channel = platforms.channel(connection.platform());
    if (connection.state() == State.DISCONNECTING || channel.isEmpty()) {
      drop(connection.id());
      return;
    }
    var before = byId.get(connection.id());
    var place =
        new Place(
            connection, channel.get(), row.keyHash(), before == null ? new Ear() : before.ear());
    byId.put(connection.id(), place);
    byHash.put(row.keyHash(), place);
  }

  private void drop(String id) {
    var gone = byId.remove(id);
    if (gone != null) {
      byHash.remove(gone.keyHash());
    }
  }

  /** Tells the store which platforms wrote. */
  void tell() {
    var now = clock.instant();
    var due = new HashMap<String, Ear>();
    byId.forEach((id, place) -> {
      var ear = place.ear();
      var heard = ear.heardAt;
      if (heard != null && heard.isAfter(ear.toldAt) && !now.isBefore(ear.toldAt.plus(TOLD))) {
        due.put(id, ear);
      }
    });
    if (!due.isEmpty()) {
      store.heard(new ArrayList<>(due.keySet()), now);
      due.values().forEach(it -> it.toldAt = now);
    }
  }

  /** When a platform wrote last, as this server knows it. */
  Optional<Instant> heardAt(String id) {
    return Optional.ofNullable(byId.get(id)).flatMap(it -> Optional.ofNullable(it.ear().heardAt));
  }

  @Override
  public void close() {
    reader.interrupt();
  }
}
