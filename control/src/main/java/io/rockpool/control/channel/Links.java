package io.rockpool.control.channel;

import static java.util.Objects.requireNonNull;

import io.rockpool.channel.Identity;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.channel.ConnectionStore.Found;
import io.rockpool.control.channel.ConnectionStore.Row;
import io.rockpool.control.channel.ConnectionStore.Said;
import io.rockpool.control.openclaw.LinkGateway;
import io.rockpool.control.openclaw.LinkedAccount;
import io.rockpool.control.openclaw.Linking;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts that a person links to an instance by a code. What an account is let in by is in the
 * instance's state, and nowhere else: its gateway is asked for everything.
 */
final class Links {
  private static final Logger log = LoggerFactory.getLogger(Links.class);

  private static final Duration USUALLY = Duration.ofMinutes(10);
  private static final Duration IN_TROUBLE = Duration.ofMinutes(1);

  /** After this a gateway has connected to the platform. */
  private static final Duration SETTLED = Duration.ofSeconds(15);

  private static final Duration QUESTION = Duration.ofSeconds(20);

  /** Less than a connection is leased for, with a question. */
  private static final Duration WAKING = Duration.ofMinutes(1);

  /** A start, and what comes before it. */
  private static final Duration STARTING = Duration.ofMinutes(3);

  /** A gateway reaches the platform first. */
  private static final Duration FIRST_CODE = Duration.ofSeconds(40);

  /** So often a code is told again, if it is the same. */
  private static final Duration ROUND = Duration.ofSeconds(20);

  /** What was just connected is told to a gateway while it runs, or it is started anew for it. */
  private static final Duration GETTING_READY = Duration.ofSeconds(90);

  private static final Duration A_SECOND = Duration.ofSeconds(1);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
  private static final Duration LAST_RETRY = Duration.ofHours(1);

  /** Who asks for a code before there is one would replace whoever did so before. */
  private static final List<ReentrantLock> ASKING =
      IntStream.range(0, 64).mapToObj(_ -> new ReentrantLock()).toList();

  private final ConnectionStore store;
  private final LinkGateway gateway;
  private final Reach reach;
  private final Runnable seen;
  private final InstantSource clock;

  /**
   * @param seen called when others see a connection otherwise from now on
   */
  Links(
      ConnectionStore store, LinkGateway gateway, Reach reach, Runnable seen, InstantSource clock) {
    this.store = store;
    this.gateway = gateway;
    this.reach = reach;
    this.seen = seen;
    this.clock = clock;
  }

  /** Nobody's yet: its id is only there to be another one than all others. */
  static Identity nobody(String connection) {
    return new Identity(connection, "not linked yet", "");
  }

  static String linkIt(Connection connection) {
    return "Link the account by a code: rockpool channels login %s %s"
        .formatted(connection.instance(), connection.id());
  }

  /**
   * Looks, and gives the connection back; may be killed anywhere. Wakes only whose account ends.
   *
   * @param holder who has it
   */
  void look(Row row, String holder) {
    var connection = row.connection();
    try {
      if (connection.state() == State.DISCONNECTING) {
        end(row, holder);
      } else if (reach.now(instance(connection)) instanceof Reach.Place.Open open) {
        assess(connection, holder, open);
      } else if (connection.checkedAt() == null) {
        settle(connection, holder, connection.state(), connection.problem(), USUALLY, null);
      } else {
        store.giveBack(connection.id(), holder, clock.instant().plus(USUALLY));
      }
    } catch (InterruptedException e) {
      store.giveBack(connection.id(), holder, clock.instant());
      Thread.currentThread().interrupt();
    }
  }

  private static InstanceId instance(Connection connection) {
    return requireNonNull(connection.instance(), "one that is linked is an instance's own");
  }

  private void assess(Connection connection, String holder, Reach.Place.Open open)
      throws InterruptedException {
    switch (account(connection, open)) {
      case LinkedAccount.Unavailable _ ->
          store.giveBack(connection.id(), holder, clock.instant().plus(IN_TROUBLE));
      case LinkedAccount.Known(var isLinked, _, _, _) when !isLinked -> {
        var wasLinked = connection.state() != State.LOGIN;
        settle(
            connection,
            holder,
            State.LOGIN,
            linkIt(connection),
            USUALLY,
            wasLinked
                ? new Said(
                    "ChannelLoggedOut",
                    "%s was logged out. %s".formatted(Upkeep.words(connection), linkIt(connection)))
                : null);
      }
      case LinkedAccount.Known(_, var isConnected, var self, _) when isConnected ->
          connected(connection, holder, self, USUALLY);
      case LinkedAccount.Known _ when connection.state() == State.LOGIN -> {
        // Somebody scanned a code that nobody waited for any more.
        gateway.connect(open.gateway(), open.password(), connection.platform(), QUESTION);
        settle(connection, holder, State.CONNECTING, "It is linked, and connects.", SETTLED, null);
      }
      case LinkedAccount.Known(_, _, _, var trouble) -> {
        // Whoever just woke connects again: only the second time in a row it is trouble.
        var isTrouble = !connection.problem().isEmpty() || connection.state() == State.FAILING;
        var problem =
            "It is linked, but not connected now; the instance tries again by itself. %s"
                .formatted(trouble)
                .strip();
        settle(
            connection,
            holder,
            isTrouble ? State.FAILING : connection.state(),
            problem,
            IN_TROUBLE,
            isTrouble && connection.state() != State.FAILING
                ? new Said(
                    "ChannelFailing",
                    "%s takes no messages now. %s".formatted(Upkeep.words(connection), problem))
                : null);
      }
    }
  }

  private void connected(Connection connection, String holder, String self, Duration again) {
    var isAlone = self.isEmpty() || store.identify(connection.id(), new Identity(self, self, ""));
    settle(
        connection,
        holder,
        State.CONNECTED,
        isAlone
            ? ""
            : "%s is linked to another instance, too, and both answer. Disconnect one."
                .formatted(self),
        again,
        connection.state() == State.CONNECTED
            ? null
            : new Said(
                "ChannelConnected",
                "%s (%s) is connected.".formatted(Platforms.title(connection.platform()), self)));
  }

  private void settle(
      Connection connection,
      String holder,
      State state,
      String problem,
      Duration again,
      @Nullable Said event) {
    var now = clock.instant();
    if (store.settle(
        connection, holder, new Found(state, problem, "", now, now.plus(again), event))) {
      seen.run();
    }
  }

  /** Has the gateway forget what it is let in by, and then forgets the connection. */
  private void end(Row row, String holder) throws InterruptedException {
    var connection = row.connection();
    switch (reach.awake(
        instance(connection), "%s is logged out.".formatted(Upkeep.words(connection)), WAKING)) {
      case Reach.Place.Gone _ -> forget(connection, holder);
      case Reach.Place.Away(var advice) -> endLater(row, holder, advice, FIRST_RETRY);
      case Reach.Place.Down(var advice) ->
          endLater(
              row, holder, "It is logged out as soon as its instance runs. " + advice, LAST_RETRY);
      case Reach.Place.Open(var at, var password) -> {
        switch (gateway.unlink(at, password, connection.platform(), QUESTION)) {
          case LinkedAccount.Known(var isLinked, _, _, _) when !isLinked ->
              forget(connection, holder);
          case LinkedAccount.Known _ ->
              endLater(row, holder, "The instance did not forget it yet.", FIRST_RETRY);
          case LinkedAccount.Unavailable(var advice) -> endLater(row, holder, advice, FIRST_RETRY);
        }
      }
    }
  }

  /** However often: what is left in an instance's state lets it in. */
  private void endLater(Row row, String holder, String problem, Duration least) {
    var own = FIRST_RETRY.multipliedBy(1L << Math.min(row.attempts(), 10));
    var pause = own.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : own;
    store.tellAgain(
        row.connection().id(),
        holder,
        problem,
        clock.instant().plus(pause.compareTo(least) > 0 ? pause : least));
  }

  private void forget(Connection connection, String holder) {
    if (store.remove(connection, holder, clock.instant())) {
      log.atInfo()
          .addKeyValue("connection", connection.id())
          .addKeyValue("channel", connection.platform())
          .log("Removed a connection");
      seen.run();
    }
  }

  /** How its account is; wakes its instance. */
  List<Connections.Step> test(Connection connection) {
    try {
      return switch (reach.awake(
          instance(connection), "Its owner looks at its chat account.", WAKING)) {
        case Reach.Place.Open open -> steps(account(connection, open), connection);
        case Reach.Place.Away(var advice) ->
            List.of(new Connections.Step("instance", false, advice));
        case Reach.Place.Down(var advice) ->
            List.of(new Connections.Step("instance", false, advice));
        case Reach.Place.Gone _ -> List.of(new Connections.Step("instance", false, "It is gone."));
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(new Connections.Step("instance", false, "The server is stopping. Try again."));
    }
  }

  private static List<Connections.Step> steps(LinkedAccount account, Connection connection) {
    return switch (account) {
      case LinkedAccount.Unavailable(var advice) ->
          List.of(new Connections.Step("instance", false, advice));
      case LinkedAccount.Known(var isLinked, var isConnected, var self, var trouble) ->
          isLinked
              ? List.of(
                  new Connections.Step("account", true, "It is linked: %s.".formatted(self)),
                  new Connections.Step(
                      "connection",
                      isConnected,
                      isConnected
                          ? "Messages come."
                          : "It is not connected now. %s".formatted(trouble).strip()))
              : List.of(
                  new Connections.Step(
                      "account",
                      false,
                      (trouble.isEmpty() ? "It is not linked." : "It is not linked. " + trouble)
                          + " "
                          + linkIt(connection)));
    };
  }

  /**
   * Brings a person through: wakes the instance, and tells each code until one was scanned, or
   * nobody did so for three minutes. Whoever does so at the same time is told the same codes.
   *
   * @param tell gets {@link Login.Waking} at once, and in the end one of the last three
   * @throws InterruptedException when nobody looks any more; a code may still be scanned, and
   *     whoever comes within three minutes is told the current one
   */
  void login(Connection connection, Consumer<Login> tell) throws InterruptedException {
    tell.accept(new Login.Waking());
    switch (reach.awake(instance(connection), "Its owner links a chat account to it.", STARTING)) {
      case Reach.Place.Open open -> tell.accept(login(connection, open, tell));
      case Reach.Place.Away(var advice) -> tell.accept(new Login.Failed(advice));
      case Reach.Place.Down(var advice) -> tell.accept(new Login.Failed(advice));
      case Reach.Place.Gone _ -> tell.accept(new Login.Failed("The instance is gone."));
    }
  }

  private Login login(Connection connection, Reach.Place.Open open, Consumer<Login> tell)
      throws InterruptedException {
    var giveUp = clock.instant().plus(GETTING_READY);
    var shown = "";
    while (true) {
      switch (ask(connection, open, shown)) {
        case Linking.Code(var image) -> {
          shown = image;
          tell.accept(new Login.Waiting(shown));
        }
        case Linking.Waiting _ -> tell.accept(new Login.Waiting(shown));
        case Linking.Linked _ -> {
          return linked(connection, open);
        }
        case Linking.Expired _ -> {
          // Somebody else may have been told first that it was scanned.
          return isLinked(connection, open) ? linked(connection, open) : new Login.Expired();
        }
        case Linking.Replaced _ -> {
          if (clock.instant().isAfter(giveUp)) {
            return new Login.Failed(
                "Others ask for codes at the same time. Wait a moment, and try again.");
          }
          shown = "";
          Thread.sleep(A_SECOND);
        }
        case Linking.NotYet(var advice) -> {
          if (clock.instant().isAfter(giveUp)) {
            return new Login.Failed(advice);
          }
          Thread.sleep(A_SECOND);
        }
        case Linking.Failed(var why) -> {
          return new Login.Failed(failed(connection, why));
        }
      }
    }
  }

  private static String failed(Connection connection, String why) {
    return "%s could not be reached, or did not want it. The instance says: %s"
        .formatted(Platforms.title(connection.platform()), why);
  }

  private Linking ask(Connection connection, Reach.Place.Open open, String shown)
      throws InterruptedException {
    if (!shown.isEmpty()) {
      return gateway.linked(open.gateway(), open.password(), connection.platform(), shown, ROUND);
    }
    var lock = ASKING.get(Math.floorMod(connection.id().hashCode(), ASKING.size()));
    lock.lockInterruptibly();
    try {
      return gateway.link(open.gateway(), open.password(), connection.platform(), FIRST_CODE);
    } finally {
      lock.unlock();
    }
  }

  private boolean isLinked(Connection connection, Reach.Place.Open open)
      throws InterruptedException {
    return account(connection, open) instanceof LinkedAccount.Known known && known.isLinked();
  }

  private LinkedAccount account(Connection connection, Reach.Place.Open open)
      throws InterruptedException {
    return gateway.account(open.gateway(), open.password(), connection.platform(), QUESTION);
  }

  private Login linked(Connection connection, Reach.Place.Open open) throws InterruptedException {
    var account = account(connection, open);
    var self = account instanceof LinkedAccount.Known known ? known.self() : "";
    var holder = UUID.randomUUID().toString();
    Instant now = clock.instant();
    store
        .take(connection.id(), holder, now, now.plus(Connections.LEASE))
        .ifPresentOrElse(
            it -> connected(it.connection(), holder, self, SETTLED),
            () -> store.due(connection.id(), now));
    return new Login.Connected(self);
  }
}
