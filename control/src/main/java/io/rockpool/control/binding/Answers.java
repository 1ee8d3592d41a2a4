package io.rockpool.control.binding;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Place;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Directory;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.Destination;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.openclaw.AgentTemplate;
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
 * Where messages to shared bots go: to the gateway of an instance, as one turn each, and the answer
 * to the outbox. The key of a message is that of its turn and of its answer, so that an attempt may
 * be repeated wherever the last one ended.
 */
public final class Answers implements Destination {
  private static final Actor INBOX = new Actor.Rockpool("inbox");

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

  /** One attempt at a message. */
  private record Attempt(InboxMessage message, Question question, Door door, Address to) {
    Language language() {
      return Language.of(question.text());
    }
  }

  @Override
  public Outcome deliver(InboxMessage message, Content content) {
    var question = Question.of(content);
    if (question.isEmpty()) {
      return new Outcome.Again("Another version of Rockpool took it.");
    }
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
    var attempt = attempt(message, question.get(), door.get());
    try (var live =
        new LiveAnswer(
            outbox,
            bot.get(),
            door.get().channel().limits(),
            attempt.to(),
            question.get().direct(),
            new LiveAnswer.Notice(attempt.language().waking(), patience.notice()))) {
      return answered(attempt, live);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Again("The server stops.");
    }
  }

  /** The chat may have another id by now than when somebody wrote there. */
  private Attempt attempt(InboxMessage message, Question question, Door door) {
    var connection = door.connection();
    var place = question.place();
    var chat = store.current(BindingStore.bot(connection), place.chat());
    var to =
        new Address(
            message.key(),
            connection.id(),
            connection.platform(),
            message.instance(),
            message.accountId(),
            new Place(chat, place.thread()));
    return new Attempt(message, question, door, to);
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
    var turn =
        ground
            .gateway()
            .turn(
                address,
                ground.password().apply(instance.id()),
                new Message(leader(instance), conversation(it), it.question().text()),
                it.message().key(),
                live::written,
                patience.answer());
    return switch (turn) {
      case Turn.Answered(var text) -> answered(it, live, text);
      case Turn.Failed(var words) -> said(it, live, words, new Outcome.Delivered());
      case Turn.Refused(var advice) ->
          said(it, live, it.language().refused(), new Outcome.Rejected(advice));
      case Turn.Busy(var after, var advice) -> again(it, live, new Outcome.Again(after, advice));
      case Turn.Unreachable(var advice) -> again(it, live, advice);
      case Turn.Broken(var advice) -> again(it, live, new Outcome.Unknown(advice));
    };
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
    return clock.instant().isBefore(since.plus(patience.givenUp()))
        ? outcome
        : said(
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
