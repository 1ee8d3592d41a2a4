package io.rockpool.control.channel;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Channel.Transport;
import io.rockpool.channel.Identity;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Outcome.Cause;
import io.rockpool.channel.Registrar;
import io.rockpool.channel.Registration;
import io.rockpool.control.channel.Connection.State;
import io.rockpool.control.channel.ConnectionStore.Found;
import io.rockpool.control.channel.ConnectionStore.Row;
import io.rockpool.control.channel.ConnectionStore.Said;
import io.rockpool.control.vault.VaultException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at one connection that the caller has, at its platform, and brings it to where it should
 * be. May be killed anywhere: the next look goes on.
 */
final class Upkeep {
  private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

  private static final Duration USUALLY = Duration.ofMinutes(10);
  private static final Duration IN_TROUBLE = Duration.ofMinutes(1);

  /** What a platform could not deliver for longer than this says nothing about now. */
  private static final Duration RECENT = Duration.ofMinutes(15);

  private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
  private static final Duration LAST_RETRY = Duration.ofHours(1);

  /** About three days, with those pauses. */
  private static final int RETRIES = 80;

  private final ConnectionStore store;
  private final ConnectionSecrets secrets;
  private final Platforms platforms;
  private final PublicAddress address;
  private final Links links;
  private final Runnable seen;
  private final InstantSource clock;
  private final RandomGenerator jitter;

  /**
   * @param seen called when others see a connection otherwise from now on
   */
  Upkeep(
      ConnectionStore store,
      ConnectionSecrets secrets,
      Platforms platforms,
      PublicAddress address,
      Links links,
      Runnable seen,
      InstantSource clock,
      RandomGenerator jitter) {
    this.store = store;
    this.secrets = secrets;
    this.platforms = platforms;
    this.address = address;
    this.links = links;
    this.seen = seen;
    this.clock = clock;
    this.jitter = jitter;
  }

  /** What is known when a look begins. */
  private record Subject(Row row, ConnectionSecrets.Held held, Bot bot, URI ours) {
    Connection connection() {
      return row.connection();
    }
  }

  /**
   * Looks, acts, writes down what came of it, and gives the connection back.
   *
   * @param holder who has it
   */
  void look(Row row, String holder) {
    var connection = row.connection();
    if (platforms.isLinked(connection.platform())) {
      links.look(row, holder);
      return;
    }
    Optional<ConnectionSecrets.Held> held;
    try {
      held = secrets.of(connection);
    } catch (VaultException e) {
      log.atWarn()
          .addKeyValue("connection", connection.id())
          .setCause(e)
          .log("The secrets of a connection cannot be read; trying again");
      store.giveBack(connection.id(), holder, clock.instant().plus(IN_TROUBLE));
      return;
    }
    var channel = platforms.channel(connection.platform());
    if (connection.state() == State.DISCONNECTING) {
      if (held.isEmpty() || channel.isEmpty()) {
        forget(connection, holder); // nobody can tell the platform
      } else {
        end(subject(row, held.get(), platforms.bot(channel.get(), held.get().token())), holder);
      }
      return;
    }
    if (held.isEmpty()) {
      // Somebody was killed while he connected it, or the account's secrets were shredded.
      store.leave(
          connection,
          connection.state() == State.CONNECTING
              ? null
              : new Said(
                  "ChannelDisconnected", "The token of %s is gone.".formatted(words(connection))),
          clock.instant());
      forget(connection, holder);
      return;
    }
    if (channel.isEmpty()) {
      settle(
          connection,
          holder,
          State.FAILING,
          "This Rockpool is built without %s.".formatted(Platforms.title(connection.platform())),
          USUALLY,
          false);
      return;
    }
    var bot = platforms.bot(channel.get(), held.get().token());
    var subject = subject(row, held.get(), bot);
    switch (bot) {
      case Registrar registrar -> registered(subject, registrar, holder);
      case Bot _ -> byHand(subject, channel.get().transport(), holder);
    }
  }

  private Subject subject(Row row, ConnectionSecrets.Held held, Bot bot) {
    return new Subject(row, held, bot, address.webhook(row.connection().platform(), held.key()));
  }

  /** Where we tell the platform the address. */
  private void registered(Subject subject, Registrar registrar, String holder) {
    var found = registrar.registered();
    boolean restored = false;
    if (found instanceof Outcome.Done<Registration>(var registration)
        && !registration.address().equals(subject.ours().toString())) {
      if (!store.isHeld(subject.connection().id(), holder, clock.instant())) {
        return; // it took so long that another has it
      }
      found = registrar.register(subject.ours(), subject.held().secret());
      restored =
          found instanceof Outcome.Done<Registration>
              && subject.connection().state() != State.CONNECTING
              && !isOurs(registration, subject); // but for that we have moved
    }
    assess(subject, found, restored, holder);
  }

  private static boolean isOurs(Registration registration, Subject subject) {
    return PublicAddress.isWebhook(
        registration.address(), subject.connection().platform(), subject.held().key());
  }

  private void assess(
      Subject subject, Outcome<Registration> found, boolean restored, String holder) {
    var connection = subject.connection();
    switch (found) {
      case Outcome.Done<Registration>(var registration) -> {
        var failure = failure(registration, subject.ours());
        if (failure.isPresent()) {
          settle(connection, holder, State.FAILING, failure.get(), IN_TROUBLE, restored);
        } else {
          settle(
              connection,
              holder,
              State.CONNECTED,
              address.objection(connection.platform(), subject.held().key()).orElse(""),
              USUALLY,
              restored);
        }
      }
      case Outcome.Refused<Registration>(_, var advice) ->
          settle(connection, holder, State.FAILING, advice, USUALLY, false);
      case Outcome.Later<Registration>(var pause, var advice) ->
          unanswered(connection, holder, advice, pause);
      case Outcome.Unknown<Registration>(var advice) ->
          unanswered(connection, holder, advice, IN_TROUBLE);
    }
  }

  /** Why messages do not come, if the platform says so. */
  private Optional<String> failure(Registration registration, URI ours) {
    if (!registration.address().equals(ours.toString())) {
      return Optional.of(
          "Something else sets the webhook of this bot at the same time: another program has its token. Stop that program, or make a new token and connect it.");
    }
    var failedAt = registration.failedAt();
    return registration.waiting() > 0
            && failedAt != null
            && failedAt.isAfter(clock.instant().minus(RECENT))
        ? Optional.of(
            "The platform could not deliver %d messages. It says: %s"
                .formatted(registration.waiting(), registration.failure()))
        : Optional.empty();
  }

  /**
   * Where a person enters the address at the platform, and it says nothing about it; or where
   * nobody need do so, as the instance holds a socket.
   */
  private void byHand(Subject subject, Transport transport, String holder) {
    var connection = subject.connection();
    switch (subject.bot().check()) {
      case Outcome.Done<Identity> _ -> {
        if (transport == Transport.SOCKET) {
          settle(connection, holder, State.CONNECTED, "", USUALLY, false);
        } else if (subject.row().heardAt() != null) {
          settle(
              connection,
              holder,
              State.CONNECTED,
              address.objection(connection.platform(), subject.held().key()).orElse(""),
              USUALLY,
              false);
        } else {
          settle(
              connection,
              holder,
              State.CONNECTING,
              "Enter the address of the webhook at %s. It is connected as soon as the first request comes."
                  .formatted(Platforms.title(connection.platform())),
              USUALLY,
              false);
        }
      }
      case Outcome.Refused<Identity>(var cause, var advice)
          when transport == Transport.SOCKET && cause != Cause.TOKEN ->
          unanswered(connection, holder, advice, USUALLY);
      case Outcome.Refused<Identity>(_, var advice) ->
          settle(connection, holder, State.FAILING, advice, USUALLY, false);
      case Outcome.Later<Identity>(var pause, var advice) ->
          unanswered(connection, holder, advice, pause);
      case Outcome.Unknown<Identity>(var advice) ->
          unanswered(connection, holder, advice, IN_TROUBLE);
    }
  }

  /** That we cannot reach the platform does not mean that it cannot reach us, or our instance. */
  private void unanswered(Connection connection, String holder, String advice, Duration pause) {
    settle(
        connection,
        holder,
        connection.state(),
        advice,
        pause.compareTo(IN_TROUBLE) > 0 ? pause : IN_TROUBLE,
        false);
  }

  private void settle(
      Connection connection,
      String holder,
      State state,
      String problem,
      Duration again,
      boolean restored) {
    var now = clock.instant();
    var found =
        new Found(
            state,
            problem,
            address.base(),
            now,
            now.plus(spread(again)),
            event(connection, state, problem, restored));
    if (restored) {
      log.atInfo()
          .addKeyValue("connection", connection.id())
          .addKeyValue("channel", connection.platform())
          .log("The webhook of a connection was another one; it is ours again");
    }
    if (store.settle(connection, holder, found)) {
      seen.run();
    }
  }

  private static @Nullable Said event(
      Connection connection, State state, String problem, boolean restored) {
    if (restored) {
      return new Said(
          "ChannelWebhookRestored",
          "The webhook of %s had been changed or removed at the platform. It was set again."
              .formatted(words(connection)));
    }
    if (state == connection.state()) {
      return null;
    }
    return switch (state) {
      case CONNECTED ->
          new Said("ChannelConnected", "%s is connected.".formatted(words(connection)));
      case FAILING ->
          new Said(
              "ChannelFailing",
              "%s takes no messages now. %s".formatted(words(connection), problem));
      case LOGIN, CONNECTING, DISCONNECTING -> null;
    };
  }

  /** Tells the platform that it ends, unless somebody else has the bot by now. */
  private void end(Subject subject, String holder) {
    var outcome =
        subject.bot() instanceof Registrar registrar
            ? ended(subject, registrar)
            : new Outcome.Done<>(new Registration("", 0, null, ""));
    var connection = subject.connection();
    switch (outcome) {
      case Outcome.Done<Registration> _ -> forget(connection, holder);
      case Outcome.Refused<Registration>(var cause, var advice) -> {
        if (cause != Cause.TOKEN) {
          log.atWarn()
              .addKeyValue("connection", connection.id())
              .addKeyValue("channel", connection.platform())
              .addKeyValue("error", advice)
              .log("A platform refuses to forget a webhook; its connection is removed");
        }
        forget(connection, holder);
      }
      case Outcome.Later<Registration>(var pause, var advice) ->
          tellAgain(subject.row(), holder, advice, pause);
      case Outcome.Unknown<Registration>(var advice) ->
          tellAgain(subject.row(), holder, advice, FIRST_RETRY);
    }
  }

  private static Outcome<Registration> ended(Subject subject, Registrar registrar) {
    var found = registrar.registered();
    return found instanceof Outcome.Done<Registration>(var registration)
            && isOurs(registration, subject)
        ? registrar.unregister()
        : found;
  }

  private void tellAgain(Row row, String holder, String advice, Duration pause) {
    var connection = row.connection();
    if (row.attempts() >= RETRIES) {
      log.atWarn()
          .addKeyValue("connection", connection.id())
          .addKeyValue("channel", connection.platform())
          .log("A platform could not be told for days that a connection ends; it is removed");
      forget(connection, holder);
      return;
    }
    var own = FIRST_RETRY.multipliedBy(1L << Math.min(row.attempts(), 10));
    var wait = own.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : own;
    store.tellAgain(
        connection.id(),
        holder,
        advice,
        clock.instant().plus(spread(wait.compareTo(pause) > 0 ? wait : pause)));
  }

  /** The secrets first: a row without them is removed by the next look. */
  private void forget(Connection connection, String holder) {
    secrets.remove(connection);
    if (store.remove(connection, holder, clock.instant())) {
      log.atInfo()
          .addKeyValue("connection", connection.id())
          .addKeyValue("channel", connection.platform())
          .log("Removed a connection");
      seen.run();
    }
  }

  /** Somewhat more or less, so that what began together does not stay together. */
  private Duration spread(Duration around) {
    var millis = around.toMillis();
    return Duration.ofMillis(millis - millis / 10 + jitter.nextLong(millis / 5 + 1));
  }

  /** For people: the platform, and our name there. */
  static String words(Connection connection) {
    return "%s (%s)"
        .formatted(Platforms.title(connection.platform()), connection.identity().name());
  }
}
