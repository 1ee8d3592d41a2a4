package io.rockpool.control.channel;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Keys;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Outcome.Cause;
import io.rockpool.channel.PublicKey;
import io.rockpool.channel.Registrar;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.channel.ConnectionStore.Inserted;
import io.rockpool.control.channel.ConnectionStore.Row;
import io.rockpool.control.channel.ConnectionStore.Said;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects chat accounts, and ends that. Where no instance is named, it is about the bots that many
 * users share, which are the operators'.
 */
public final class Connections {
  private static final Logger log = LoggerFactory.getLogger(Connections.class);

  /** Longer than any look lasts: a few questions of fifteen seconds each. */
  static final Duration LEASE = Duration.ofMinutes(3);

  /** Most looks are over by then. */
  private static final Duration A_LITTLE = Duration.ofSeconds(5);

  private static final Duration A_MOMENT = Duration.ofMillis(50);
  private static final Actor.Rockpool SERVER = new Actor.Rockpool("channels");
  private static final String ALLOW_FROM = "allowFrom";
  private static final int ID_BYTES = 8;
  private static final int KEY_BYTES = 16;
  private static final int SECRET_BYTES = 32;

  /**
   * What somebody wants connected.
   *
   * @param secret by which the platform proves itself, where it made it up; empty where we do
   * @param allowFrom senders who may write, by the platform's ids; says nothing where all may
   */
  public record Wish(
      String platform,
      Secret token,
      Optional<Secret> secret,
      DirectMessages directMessages,
      List<String> allowFrom) {
    public Wish {
      allowFrom = directMessages == DirectMessages.OPEN ? List.of() : List.copyOf(allowFrom);
    }
  }

  /** How connecting ended. */
  public sealed interface Connecting {
    /** It is kept, and will be connected; its state says how far it is. */
    record Begun(View view) implements Connecting {}

    /** There is no such instance, or none for this actor. */
    record Unknown() implements Connecting {}

    /** No such platform is in this build. */
    record NoPlatform(List<String> known) implements Connecting {}

    /**
     * A part of the wish is wrong.
     *
     * @param part its name
     */
    record Invalid(String part, String message) implements Connecting {}

    /** The platform does not know the token. */
    record TokenRefused(String advice) implements Connecting {}

    /** The platform would not take this server's address. */
    record NoAddress(String advice) implements Connecting {}

    /** The bot is connected already, or the instance has another one. */
    record InTheWay(String advice) implements Connecting {}

    /** The platform, or what keeps secrets, could not be asked. Nothing was kept. */
    record Unavailable(Duration pause, String advice) implements Connecting {}
  }

  /**
   * A connection as its owner sees it.
   *
   * @param webhook the address that a person enters at the platform; empty where we tell it
   * @param heardAt when the platform wrote last; null if it never did
   */
  public record View(Connection connection, Optional<URI> webhook, @Nullable Instant heardAt) {}

  /** Whether messages come over a live connection of the instance, as far as this is up to it. */
  public boolean isLive(Connection connection) {
    return doors.isLive(connection);
  }

  /** One part of a test. */
  public record Step(String name, boolean ok, String message) {}

  /** How ending it went. */
  public enum Ending {
    /** There is none, or none for this actor. */
    UNKNOWN,
    /** The platform was told, and nothing is left. */
    DONE,
    /** It takes nothing any more; the platform will be told as soon as it answers. */
    BEGUN
  }

  private final ConnectionStore store;
  private final ConnectionSecrets secrets;
  private final Platforms platforms;
  private final PublicAddress address;
  private final Upkeep upkeep;
  private final Links links;
  private final Doors doors;
  private final Diagnosis diagnosis;
  private final Runnable seen;
  private final InstantSource clock;
  private final SecureRandom random;

  Connections(
      ConnectionStore store,
      ConnectionSecrets secrets,
      Platforms platforms,
      PublicAddress address,
      Upkeep upkeep,
      Links links,
      Doors doors,
      Runnable seen,
      InstantSource clock,
      SecureRandom random) {
    this.store = store;
    this.secrets = secrets;
    this.platforms = platforms;
    this.address = address;
    this.upkeep = upkeep;
    this.links = links;
    this.doors = doors;
    this.diagnosis = new Diagnosis(secrets, platforms, address, links);
    this.seen = seen;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Connects a bot to an instance, or, as an operator, for many users. Waits for the platform.
   *
   * @param accountId the owner of the instance, or who connects a shared one
   */
  public Connecting connect(
      Actor actor, String accountId, @Nullable InstanceId instance, Wish wish) {
    if (!actor.maySee(accountId) || (instance == null && actor instanceof Actor.User)) {
      return new Connecting.Unknown();
    }
    var channel = platforms.channel(wish.platform());
    if (channel.isEmpty()) {
      return new Connecting.NoPlatform(platforms.names());
    }
    if (instance == null && !channel.get().isShareable()) {
      return new Connecting.Invalid(
          "platform",
          "is one whose bots are connected to instances: no %s bot is shared by many users"
              .formatted(Platforms.title(wish.platform())));
    }
    if (channel.get().isLinked()) {
      return new Connecting.Invalid(
          "token",
          "must be left out: an account of %s is linked by a code"
              .formatted(Platforms.title(wish.platform())));
    }
    var bot = platforms.bot(channel.get(), wish.token());
    var wrong = wrong(wish, bot);
    if (wrong.isPresent()) {
      return wrong.get();
    }
    return then(
        bot.check(),
        identity ->
            identity.id().isEmpty()
                ? new Connecting.Unavailable(
                    Duration.ofSeconds(5),
                    "%s did not say whose token this is. Look at the address of its API."
                        .formatted(Platforms.title(wish.platform())))
                : then(
                    proof(wish, bot),
                    secret -> connect(accountId, instance, wish, secret, channel.get(), identity)));
  }

  /** By which the platform proves itself: as was said, as it says itself, or made up here. */
  private Outcome<Secret> proof(Wish wish, Bot bot) {
    if (wish.secret().isPresent()) {
      return new Outcome.Done<>(wish.secret().get());
    }
    return bot instanceof PublicKey known
        ? known.publicKey()
        : new Outcome.Done<>(Secret.of(text(SECRET_BYTES)));
  }

  private static <T> Connecting then(Outcome<T> asked, Function<T, Connecting> done) {
    return switch (asked) {
      case Outcome.Done<T>(var value) -> done.apply(value);
      case Outcome.Refused<T>(var cause, var advice) when cause == Cause.TOKEN ->
          new Connecting.TokenRefused(advice);
      case Outcome.Refused<T>(_, var advice) ->
          new Connecting.Unavailable(Duration.ofSeconds(5), advice);
      case Outcome.Later<T>(var pause, var advice) -> new Connecting.Unavailable(pause, advice);
      case Outcome.Unknown<T>(var advice) ->
          new Connecting.Unavailable(Duration.ofSeconds(5), advice);
    };
  }

  /**
   * Begins to connect an account that a person then links by a code: {@link #login}.
   *
   * @param accountId the owner of the instance
   * @param allowFrom senders who may write, by the platform's ids; says nothing where all may
   */
  public Connecting link(
      Actor actor,
      String accountId,
      @Nullable InstanceId instance,
      String platform,
      DirectMessages directMessages,
      List<String> allowFrom) {
    if (!actor.maySee(accountId)) {
      return new Connecting.Unknown();
    }
    var channel = platforms.channel(platform);
    if (channel.isEmpty()) {
      return new Connecting.NoPlatform(platforms.names());
    }
    if (!channel.get().isLinked()) {
      return new Connecting.Invalid("token", "is needed");
    }
    if (instance == null) {
      return new Connecting.Invalid(
          "platform", "has accounts of one person each: connect one to an instance");
    }
    var senders = new Senders(directMessages, allowFrom);
    var objection = senders.objection(platform);
    if (objection.isPresent()) {
      return new Connecting.Invalid(ALLOW_FROM, objection.get());
    }
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var id = hex(ID_BYTES);
    var connection =
        new Connection(
            id,
            platform,
            accountId,
            instance,
            Links.nobody(id),
            senders.policy(),
            senders.named(),
            State.LOGIN,
            "",
            now,
            null);
    var holder = UUID.randomUUID().toString();
    var key = ConnectionSecrets.hash(hex(KEY_BYTES)); // nobody knows it: it has no webhook
    var refused = insert(connection, key, holder);
    if (refused.isPresent()) {
      return refused.get();
    }
    var found =
        new ConnectionStore.Found(State.LOGIN, Links.linkIt(connection), "", now, now, null);
    store.settle(connection, holder, found);
    seen.run();
    return begun(id);
  }

  /** What became of asking for a login. */
  public sealed interface Entrance {
    /** To be run by who waits for it; throws {@link InterruptedException} when nobody does. */
    record Open(Guide guide) implements Entrance {}

    record Unknown() implements Entrance {}

    /** It is not linked by a code. */
    record Needless(String advice) implements Entrance {}
  }

  /** Brings a person through a login. */
  public interface Guide {
    /**
     * @param tell gets each step as it comes, on the caller's thread
     */
    void run(Consumer<Login> tell) throws InterruptedException;
  }

  /** Links the account of a connection by a code that a person scans; or links it again. */
  public Entrance login(Actor actor, @Nullable InstanceId instance, String id) {
    var found = there(actor, instance, id);
    if (found.isEmpty()) {
      return new Entrance.Unknown();
    }
    var connection = found.get();
    return platforms.isLinked(connection.platform())
        ? new Entrance.Open(tell -> links.login(connection, tell))
        : new Entrance.Needless(
            "%s has a token: there is nothing to log in to."
                .formatted(Platforms.title(connection.platform())));
  }

  private Optional<Connecting> wrong(Wish wish, Bot bot) {
    var objection = new Senders(wish.directMessages(), wish.allowFrom()).objection(wish.platform());
    if (objection.isPresent()) {
      return objection.map(it -> new Connecting.Invalid(ALLOW_FROM, it));
    }
    if (bot instanceof Registrar registrar) {
      var refused =
          platforms.root(wish.platform()).isPresent()
              ? Optional.<String>empty()
              : registrar.objection(address.webhook(wish.platform(), Secret.of("key")));
      if (refused.isPresent() || registrar.takesSecret()) {
        return refused.map(Connecting.NoAddress::new);
      }
    }
    return wish.secret().isPresent() || bot instanceof PublicKey
        ? Optional.empty()
        : Optional.of(
            new Connecting.Invalid(
                "signingSecret",
                "is needed: %s proves itself by it".formatted(Platforms.title(wish.platform()))));
  }

  private Connecting connect(
      String accountId,
      @Nullable InstanceId instance,
      Wish wish,
      Secret secret,
      Channel channel,
      Identity identity) {
    var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    var connection =
        new Connection(
            hex(ID_BYTES),
            wish.platform(),
            accountId,
            instance,
            identity,
            wish.directMessages(),
            wish.allowFrom(),
            State.CONNECTING,
            "",
            now,
            null);
    var held = new ConnectionSecrets.Held(wish.token(), secret, Secret.of(hex(KEY_BYTES)));
    try {
      var _ = channel.receiver(new Keys(held.secret(), identity.id()));
    } catch (IllegalArgumentException e) {
      return new Connecting.Invalid("signingSecret", String.valueOf(e.getMessage()));
    }
    var holder = UUID.randomUUID().toString();
    // The row first: it keeps the bot from others. One without a token is removed by a look.
    var refused = insert(connection, ConnectionSecrets.hash(held.key()), holder);
    if (refused.isPresent()) {
      return refused.get();
    }
    try {
      secrets.put(connection, held);
    } catch (IllegalArgumentException tooLong) {
      secrets.remove(connection);
      store.remove(connection, holder, now);
      return new Connecting.Invalid("signingSecret", "is too long");
    } catch (VaultException e) {
      log.atError()
          .addKeyValue("connection", connection.id())
          .setCause(e)
          .log("The secrets of a connection cannot be kept");
      secrets.remove(connection);
      store.remove(connection, holder, now);
      return new Connecting.Unavailable(
          Duration.ofSeconds(5), "Its token cannot be kept now. Rockpool's log says why.");
    }
    seen.run(); // from here on its messages are taken
    upkeep.look(row(connection, held), holder);
    log.atInfo()
        .addKeyValue("connection", connection.id())
        .addKeyValue("channel", connection.platform())
        .addKeyValue("account", accountId)
        .log("Connected a chat account");
    return begun(connection.id());
  }

  /** Adds a connection that {@code holder} has; why not, if it cannot be. */
  private Optional<Connecting> insert(Connection connection, String keyHash, String holder) {
    return switch (store.insert(connection, keyHash, holder, clock.instant().plus(LEASE))) {
      case Inserted.New _ -> Optional.empty();
      case Inserted.NoOwner _ -> Optional.of(new Connecting.Unknown());
      case Inserted.InTheWay(var other) ->
          Optional.of(new Connecting.InTheWay(inTheWay(connection, other)));
    };
  }

  private Connecting begun(String id) {
    return store
        .find(SERVER, id)
        .map(this::view)
        .<Connecting>map(Connecting.Begun::new)
        .orElseGet(Connecting.Unknown::new);
  }

  private static Row row(Connection connection, ConnectionSecrets.Held held) {
    return new Row(connection, ConnectionSecrets.hash(held.key()), null, 0, 0);
  }

  private static String inTheWay(Connection wanted, Connection other) {
    if (other.state() == State.DISCONNECTING) {
      return "It is being disconnected, and %s was not told yet. Try again in a moment."
          .formatted(Platforms.title(other.platform()));
    }
    var sameInstance = wanted.instance() != null && wanted.instance().equals(other.instance());
    return sameInstance
        ? "The instance has %s already. Disconnect that first.".formatted(Upkeep.words(other))
        : "The bot %s is connected elsewhere already. Disconnect it there first, or make another bot."
            .formatted(wanted.identity().name());
  }

  public List<View> list(Actor actor, @Nullable InstanceId instance) {
    return store.list(actor, instance).stream().map(this::view).toList();
  }

  public Optional<View> find(Actor actor, @Nullable InstanceId instance, String id) {
    return store.find(actor, instance, id).map(this::view);
  }

  private View view(Row row) {
    return new View(row.connection(), webhook(row.connection()), heardAt(row));
  }

  private @Nullable Instant heardAt(Row row) {
    var heard = row.heardAt();
    var here = doors.heardAt(row.connection().id()).orElse(heard);
    return here == null || heard == null || here.isAfter(heard) ? here : heard;
  }

  /** The address, where a person enters it at the platform. */
  private Optional<URI> webhook(Connection connection) {
    if (connection.state() == State.DISCONNECTING) {
      return Optional.empty();
    }
    var channel = platforms.channel(connection.platform());
    if (channel.isEmpty() || platforms.bot(channel.get(), Secret.of("-")) instanceof Registrar) {
      return Optional.empty();
    }
    return secrets.of(connection).map(it -> address.webhook(connection.platform(), it.key()));
  }

  /** How it ended that somebody says anew who may write. */
  public sealed interface Permitting {
    /** It is so, and its instance is being told. */
    record Done(View view) implements Permitting {}

    /** There is none, or none for this actor. */
    record Unknown() implements Permitting {}

    /**
     * It makes no sense.
     *
     * @param part its name
     */
    record Invalid(String part, String message) implements Permitting {}
  }

  /**
   * Says anew who may write to a bot of an instance's own, and to that instance.
   *
   * @param directMessages empty for what it is
   * @param allowFrom senders who may write, by the platform's ids, in place of those of now; empty
   *     for these
   */
  public Permitting permit(
      Actor actor,
      InstanceId instance,
      String id,
      Optional<DirectMessages> directMessages,
      Optional<List<String>> allowFrom) {
    while (true) {
      var found = there(actor, instance, id);
      if (found.isEmpty()) {
        return new Permitting.Unknown();
      }
      var before = found.get();
      var senders =
          new Senders(
              directMessages.orElse(before.directMessages()), allowFrom.orElse(before.allowFrom()));
      boolean staysOpen = directMessages.isEmpty() && senders.policy() == DirectMessages.OPEN;
      var objection =
          staysOpen && !allowFrom.orElse(List.of()).isEmpty()
              ? Optional.of("shuts nobody out while everybody may write: give dmPolicy, too")
              : senders.objection(before.platform());
      if (objection.isPresent()) {
        return new Permitting.Invalid(ALLOW_FROM, objection.get());
      }
      var said =
          new Said(
              "ChannelSendersChanged",
              "%s answers %s from now on.".formatted(Upkeep.words(before), senders.words()));
      if (senders.equals(Senders.of(before))
          || store.permit(before, senders, said, clock.instant())) {
        seen.run();
        return find(actor, instance, id)
            .<Permitting>map(Permitting.Done::new)
            .orElseGet(Permitting.Unknown::new);
      }
    }
  }

  /** One that does not end, if the actor may see it. */
  private Optional<Connection> there(Actor actor, @Nullable InstanceId instance, String id) {
    return store
        .find(actor, instance, id)
        .map(Row::connection)
        .filter(it -> it.state() != State.DISCONNECTING);
  }

  /** Ends it: the platform is told, then all that is known of it is removed. */
  public Ending disconnect(Actor actor, @Nullable InstanceId instance, String id) {
    var found = store.find(actor, instance, id);
    if (found.isEmpty()) {
      return Ending.UNKNOWN;
    }
    var connection = found.get().connection();
    store.leave(
        connection,
        new Said("ChannelDisconnected", "%s was disconnected.".formatted(Upkeep.words(connection))),
        clock.instant());
    seen.run();
    lookNow(id);
    return store.find(SERVER, id).isEmpty() ? Ending.DONE : Ending.BEGUN;
  }

  /** Looks now; waits a little for whoever does so just now. */
  private void lookNow(String id) {
    var end = System.nanoTime() + A_LITTLE.toNanos();
    try {
      while (true) {
        var now = clock.instant();
        var holder = UUID.randomUUID().toString();
        var taken = store.take(id, holder, now, now.plus(LEASE));
        if (taken.isPresent()) {
          upkeep.look(taken.get(), holder);
          return;
        }
        if (System.nanoTime() > end || store.find(SERVER, id).isEmpty()) {
          return; // it is due, and will be looked at
        }
        Thread.sleep(A_MOMENT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Asks the platform, and the own address, whether messages can come. What is wrong and can be
   * mended by itself is looked after right afterwards; that nothing is wrong any more is noted at
   * once.
   *
   * @return empty where there is none, or none for this actor
   * @throws VaultException when its token cannot be read now
   */
  public Optional<List<Step>> test(Actor actor, @Nullable InstanceId instance, String id) {
    return store
        .find(actor, instance, id)
        .map(row -> {
          var steps = diagnosis.of(row.connection(), heardAt(row));
          if (steps.stream().anyMatch(it -> !it.ok())) {
            store.due(id, clock.instant());
          } else if (row.connection().state() == State.FAILING) {
            lookNow(id);
          }
          return steps;
        });
  }

  private String hex(int bytes) {
    return HexFormat.of().formatHex(bytes(bytes));
  }

  private String text(int bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(bytes));
  }

  private byte[] bytes(int count) {
    var bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
