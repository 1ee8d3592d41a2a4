package io.rockpool.control.binding;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Deferring;
import io.rockpool.channel.Deferring.Deferred;
import io.rockpool.channel.Place;
import io.rockpool.channel.Posted;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Connection;
import io.rockpool.control.channel.Directory;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.Destination;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.openclaw.AgentTemplate;
import io.rockpool.control.openclaw.ChatAccount.DirectMessages;
import io.rockpool.control.openclaw.Gateway;
import io.rockpool.control.openclaw.Message;
import io.rockpool.control.openclaw.Turn;
import io.rockpool.control.outbox.Address;
import io.rockpool.control.outbox.Bots;
import io.rockpool.control.outbox.Outbox;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where messages to shared bots go, and commands to a user's own whose answer was promised: to the
 * gateway of an instance, as one turn each, and the answer to the outbox. The key of a message is
 * that of its turn and of its answer, so that an attempt may be repeated wherever the last one
 * ended. A turn that ended before it began is asked for by a key that follows from that one.
 */
public final class Answers implements Destination {
  private static final Actor INBOX = new Actor.Rockpool("inbox");

  /** Platforms take an answer in the place of a promise for a quarter of an hour. */
  private static final Duration PROMISE = Duration.ofMinutes(14);

  /** So many keys a message has at most. */
  private static final int KEYS = 3;

  /**
   * How long is waited for what.
   *
   * @param notice for anything to show; then whoever wrote is told that it wakes up
   * @param wake until the instance is awake
   * @param answer for a turn; a gateway tries a failing model for up to five minutes by itself
   * @param givenUp after so long without an answer whoever wrote is told that there is none
   */
  public record Patience(Duration notice, Duration wake, Duration answer, Duration givenUp) {
    public static final Patience DEFAULT =
        new Patience(
            Duration.ofSeconds(3),
            Duration.ofSeconds(90),
            Duration.ofMinutes(6),
            Duration.ofMinutes(20));
  }

  /** Instances, and what is asked of them. */
  public record Ground(
      Waker waker,
      Activity activity,
      Places places,
      Gateway gateway,
      Function<InstanceId, Secret> password) {}

  private final Directory directory;
  private final Bots bots;
  private final Outbox outbox;
  private final BindingStore store;
  private final Ground ground;
  private final Patience patience;
  private final InstantSource clock;

  public Answers(
      Directory directory,
      Bots bots,
      Outbox outbox,
      Bindings bindings,
      Ground ground,
      Patience patience,
      InstantSource clock) {
    this.directory = directory;
    this.bots = bots;
    this.outbox = outbox;
    this.store = bindings.store();
    this.ground = ground;
    this.patience = patience;
    this.clock = clock;
  }

  /** All of it is done by the message's key. */
  @Override
  public boolean mayRepeat(InboxMessage message) {
    return true;
  }

  /**
   * What is asked.
   *
   * @param promised a message of ours that is there already, and gets the answer's words
   */
  private record Wanted(Question question, Optional<Posted> promised) {}

  /** One attempt at a message. */
  private record Attempt(
      InboxMessage message, Question question, Door door, Address to, Duration givenUp) {
    Language language() {
      return Language.of(question.text());
    }
  }

  @Override
  public Outcome deliver(InboxMessage message, Content content) {
    if (outbox.isSaid(message.key())) {
      return new Outcome.Delivered();
    }
    Optional<Door> door;
    Optional<Bot> bot;
    try {
      door = directory.byId(message.connection());
      bot = bots.of(message.connection());
    } catch (VaultException | StoreException e) {
      return new Outcome.Again("The bot's token cannot be read now.");
    }
    if (door.isEmpty() || bot.isEmpty()) {
      return new Outcome.Rejected("The bot was disconnected.");
    }
    var wanted = wanted(door.get(), content);
    if (wanted.isEmpty()) {
      return door.get().channel() instanceof Deferring
          ? new Outcome.Rejected("An assistant hears of what is pressed by its own socket alone.")
          : new Outcome.Again("Another version of Rockpool took it.");
    }
    var question = wanted.get().question();
    var attempt = attempt(message, wanted.get(), door.get());
    try (var live =
        new LiveAnswer(
            outbox,
            bot.get(),
            door.get().channel().limits(),
            attempt.to(),
            question.direct(),
            new LiveAnswer.Notice(attempt.language().waking(), patience.notice()))) {
      return mayAsk(door.get().connection(), question.sender())
          ? answered(attempt, live)
          : said(
              attempt,
              live,
              attempt.language().notAllowed(),
              new Outcome.Rejected("Its sender is not one of those who may write."));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Again("The server stops.");
    }
  }

  /** Empty when it asks nothing, or this version did not write it. */
  private static Optional<Wanted> wanted(Door door, Content content) {
    return door.connection().instance() != null && door.channel() instanceof Deferring deferring
        ? deferring.deferred(content.body()).map(Answers::wanted)
        : Question.of(content).map(it -> new Wanted(it, Optional.empty()));
  }

  private static Wanted wanted(Deferred it) {
    var asked = it.asked();
    return new Wanted(
        new Question(asked.sender(), asked.place(), asked.direct(), asked.text()),
        Optional.of(it.promised()));
  }

  /**
   * Who writes to a shared bot is bound. Of a user's own, OpenClaw alone knows whom it was told to
   * let in, so that he counts who was named when it was connected.
   */
  private static boolean mayAsk(Connection connection, String sender) {
    return connection.instance() == null
        || connection.directMessages() == DirectMessages.OPEN
        || connection.allowFrom().contains(sender);
  }

  private Attempt attempt(InboxMessage message, Wanted wanted, Door door) {
    var promised = wanted.promised();
    if (promised.isEmpty()) {
      var to = address(message, door, current(wanted.question().place(), door));
      return new Attempt(message, wanted.question(), door, to, patience.givenUp());
    }
    var to = address(message, door, promised.get().place());
    var _ = outbox.beginDraft(to, 0);
    outbox.drafted(to, 0, promised.get().id());
    var givenUp = patience.givenUp().compareTo(PROMISE) < 0 ? patience.givenUp() : PROMISE;
    return new Attempt(message, wanted.question(), door, to, givenUp);
  }

  /** The chat may have another id by now than when somebody wrote there. */
  private Place current(Place place, Door door) {
    return new Place(
        store.current(BindingStore.bot(door.connection()), place.chat()), place.thread());
  }

  private static Address address(InboxMessage message, Door door, Place place) {
    var connection = door.connection();
    return new Address(
        message.key(),
        connection.id(),
        connection.platform(),
        message.instance(),
        message.accountId(),
        place);
  }

  private Outcome answered(Attempt it, LiveAnswer live) throws InterruptedException {
    var id = it.message().instance();
    var awaited =
        ground
            .waker()
            .await(
                INBOX,
                id,
                "Message",
                "A message of a chat came for it.",
                it.question().text().length(),
                patience.wake());
    return switch (awaited) {
      case Waker.Awaited.Awake(var instance) -> {
        live.isAwake();
        ground.activity().began(id);
        try {
          yield inTurn(it, instance, live);
        } finally {
          ground.activity().ended(id);
        }
      }
      case Waker.Awaited.Down(var instance) -> {
        var health = Health.of(instance);
        yield said(
            it,
            live,
            it.language().down(health),
            new Outcome.Rejected("The instance does not run: it is %s.".formatted(word(health))));
      }
      case Waker.Awaited.Unknown _ -> new Outcome.Rejected("The instance was destroyed.");
      case Waker.Awaited.Crowded _ -> again(it, live, "Too many wait for it to wake up.");
      case Waker.Awaited.Late _ -> again(it, live, "The instance is still on its way.");
    };
  }

  private static String word(Health health) {
    return switch (health) {
      case STOPPED -> "stopped";
      case UNPAID -> "not paid";
      case AWAKE, ASLEEP, STARTING, FAILED -> "given up";
    };
  }

  private Outcome inTurn(Attempt it, Instance instance, LiveAnswer live)
      throws InterruptedException {
    if (!ground.places().enter(instance.id())) {
      return again(it, live, "The instance works on as many messages as it can.");
    }
    try {
      return turn(it, instance, live);
    } finally {
      ground.places().leave(instance.id());
    }
  }

  private Outcome turn(Attempt it, Instance instance, LiveAnswer live) throws InterruptedException {
    var address = instance.status().gateway();
    if (address == null) {
      return again(it, live, "The gateway has no address right now.");
    }
    var password = ground.password().apply(instance.id());
    var message = new Message(leader(instance), conversation(it), it.question().text());
    Turn turn;
    int number = 1;
    do {
      turn =
          ground
              .gateway()
              .turn(
                  address,
                  password,
                  message,
                  key(it.message(), number),
                  live::written,
                  patience.answer());
      number++;
    } while (turn instanceof Turn.Unbegun && number <= KEYS);
    return switch (turn) {
      case Turn.Answered(var text) -> answered(it, live, text);
      case Turn.Failed(var words) -> said(it, live, words, new Outcome.Delivered());
      case Turn.Unbegun(var words) -> noAnswer(it, live, words);
      case Turn.Refused(var advice) ->
          said(it, live, it.language().refused(), new Outcome.Rejected(advice));
      case Turn.Busy(var after, var advice) -> again(it, live, new Outcome.Again(after, advice));
      case Turn.Unreachable(var advice) -> again(it, live, advice);
      case Turn.Broken(var advice) -> again(it, live, new Outcome.Unknown(advice));
    };
  }

  /**
   * The gateway knows which of them it was asked for, so nothing need be stored: whoever goes on
   * after a death asks by the first again, hears that it ended, and comes to the one under way.
   */
  private static String key(InboxMessage message, int number) {
    return number == 1 ? message.key() : "%s-%d".formatted(message.key(), number);
  }

  /** Who waits for nothing is told so only where he was told to wait. */
  private Outcome answered(Attempt it, LiveAnswer live, String text) {
    live.close();
    var words =
        !text.isBlank() || outbox.drafts(it.message().key()).isEmpty()
            ? text
            : it.language().nothing();
    return said(it, live, words, new Outcome.Delivered());
  }

  private Outcome again(Attempt it, LiveAnswer live, String reason) {
    return again(it, live, new Outcome.Again(reason));
  }

  /** Until it has taken too long. */
  private Outcome again(Attempt it, LiveAnswer live, Outcome outcome) {
    var reason =
        switch (outcome) {
          case Outcome.Again(_, var why) -> why;
          case Outcome.Unknown(var why) -> why;
          case Outcome.Held(_, var why) -> why;
          case Outcome.Delivered _, Outcome.Rejected _ -> "";
        };
    var since = it.message().receivedAt();
    return clock.instant().isBefore(since.plus(it.givenUp()))
        ? outcome
        : noAnswer(it, live, reason);
  }

  private Outcome noAnswer(Attempt it, LiveAnswer live, String reason) {
    return said(
        it, live, it.language().givenUp(), new Outcome.Rejected("No answer came: " + reason));
  }

  /** On the disk before anybody hears that the message is done with. */
  private Outcome said(Attempt it, LiveAnswer live, String words, Outcome outcome) {
    live.close();
    try {
      var _ = outbox.say(it.to(), words, it.door().channel().limits());
      return outcome;
    } catch (VaultException e) {
      return new Outcome.Again("Its answer cannot be encrypted now.");
    }
  }

  private static String leader(Instance instance) {
    var team = instance.wanted().agents();
    return team.isEmpty() ? AgentTemplate.SINGLE : team.getFirst();
  }

  /**
   * One for each thread of each chat of each bot; the same when the bot is connected anew, or the
   * chat gets another id.
   */
  private String conversation(Attempt it) {
    var bot = BindingStore.bot(it.door().connection());
    var place = it.question().place();
    var name = "%s\0%s\0%s".formatted(bot, store.home(bot, place.chat()), place.thread());
    try {
      var hash =
          HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256")
                      .digest(name.getBytes(StandardCharsets.UTF_8)));
      return "%.24s-%.32s".formatted(it.to().platform(), hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
