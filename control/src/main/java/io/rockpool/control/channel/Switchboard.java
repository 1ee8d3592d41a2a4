package io.rockpool.control.channel;

import io.rockpool.channel.Bot;
import io.rockpool.control.event.Events;
import io.rockpool.control.openclaw.LinkGateway;
import io.rockpool.control.store.Sql;
import io.rockpool.control.vault.Vault;
import io.rockpool.runtime.InstanceId;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All that is about connected chat accounts, put together. */
public final class Switchboard implements AutoCloseable {
  /** What it stands on. */
  public record Ground(
      Sql sql, Vault vault, Events events, InstantSource clock, SecureRandom random) {}

  private final ConnectionStore store;
  private final ConnectionSecrets secrets;
  private final Platforms platforms;
  private final ChatAccounts accounts;
  private final Doors doors;
  private final Connections connections;
  private final Rounds rounds;
  private final PublicAddress address;
  private final InstantSource clock;
  private volatile Runnable look = () -> {};
  private volatile @Nullable Reach reach;

  /**
   * @param gateway asks those of instances
   */
  public Switchboard(
      Ground ground, Platforms platforms, PublicAddress address, LinkGateway gateway) {
    this.address = address;
    clock = ground.clock();
    store = new ConnectionStore(ground.sql(), ground.events(), platforms);
    this.platforms = platforms;
    secrets = new ConnectionSecrets(ground.vault());
    accounts = new ChatAccounts(store, secrets, platforms, address);
    doors = new Doors(store, secrets, platforms, clock);
    doors.refresh(); // before anybody knocks
    var links = new Links(store, gateway, new LateReach(), this::seen, clock);
    var upkeep =
        new Upkeep(store, secrets, platforms, address, links, this::seen, clock, ground.random());
    connections =
        new Connections(
            store,
            secrets,
            platforms,
            address,
            upkeep,
            links,
            doors,
            this::seen,
            clock,
            ground.random());
    rounds = new Rounds(store, upkeep, clock);
  }

  /** What waits for an instance comes after what it waits for. */
  private final class LateReach implements Reach {
    private static final Place NOT_YET =
        new Place.Away("The server is just starting: try again in a moment.");

    @Override
    public Place now(InstanceId id) {
      var known = reach;
      return known == null ? NOT_YET : known.now(id);
    }

    @Override
    public Place awake(InstanceId id, String message, Duration patience)
        throws InterruptedException {
      var known = reach;
      return known == null ? NOT_YET : known.awake(id, message, patience);
    }
  }

  /** The doors first: whoever looks asks them whether an instance has a live connection. */
  private void seen() {
    doors.refresh();
    look.run();
  }

  /** Who is open to messages. */
  public Directory directory() {
    return doors;
  }

  /**
   * Our end of a connection whose messages are taken; empty where there is none. Throws as {@link
   * Directory#byId}.
   */
  public Optional<Bot> bot(String connection) {
    return doors
        .byId(connection)
        .flatMap(door ->
            secrets.token(door.connection()).map(token -> platforms.bot(door.channel(), token)));
  }

  /** What instances are told of their connections. */
  public ChatAccounts accounts() {
    return accounts;
  }

  public Connections connections() {
    return connections;
  }

  /** Whether an instance holds a live connection to a platform while it is awake. */
  public boolean isLive(InstanceId instance) {
    return doors.isLive(instance);
  }

  /** An instance has just started: what it told its platforms is looked at soon. */
  public void started(InstanceId instance) {
    rounds.started(instance);
  }

  /** A platform says that we are no longer let in: that is looked at soon, and shown. */
  public void revoked(Connection connection) {
    store.due(connection.id(), clock.instant());
  }

  /**
   * Begins to look after them.
   *
   * @param alone whether nobody else works at the same database: whoever had a connection is dead
   * @param look called when there may be instances whose accounts are others from now on
   * @param reach how the gateways of instances are reached
   */
  public void start(boolean alone, Runnable look, Reach reach) {
    this.look = look;
    this.reach = reach;
    if (alone) {
      store.endLeases();
    }
    store.dueUnlessTold(address.base(), clock.instant());
    doors.start();
    rounds.start();
  }

  @Override
  public void close() {
    rounds.close();
    doors.close();
  }
}
