package io.rockpool.control.channel;

import io.rockpool.channel.Deferring;
import io.rockpool.control.account.Actor;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.Destination;
import io.rockpool.control.inbox.InboxMessage;
import io.rockpool.control.inbox.Outcome;
import io.rockpool.control.instance.Goal;
import io.rockpool.control.instance.Instance;
import io.rockpool.control.sleep.Activity;
import io.rockpool.control.sleep.Waker;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import io.rockpool.runtime.Observation.Running;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Optional;

/**
 * Brings messages to instances: to the door at which OpenClaw itself takes what the platform sends,
 * byte for byte and signed anew. Whoever sleeps is woken. What an instance answers is read as yes
 * or no, and goes to nobody.
 */
public final class Deliveries implements Destination {
  private static final Actor INBOX = new Actor.Rockpool("inbox");
  private static final String REASON = "Message";
  private static final String NEEDED = "A message of a chat came for it.";

  /** So often one is looked at that its owner stopped. */
  private static final Duration STOPPED = Duration.ofSeconds(30);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  /**
   * How long an attempt waits for what.
   *
   * @param wake for the instance to be awake
   * @param open for its channel to be open once it is awake: the last thing that a gateway starts
   * @param connect for a connection
   * @param answer for the answer, once there is one
   */
  public record Patience(Duration wake, Duration open, Duration connect, Duration answer) {
    /** Two cold starts on a busy machine; answers come within a tenth of a second, measured. */
    public static final Patience DEFAULT =
        new Patience(
            Duration.ofSeconds(90),
            Duration.ofSeconds(15),
            Duration.ofSeconds(2),
            Duration.ofSeconds(30));
  }

  private final Directory directory;
  private final Destination turns;
  private final Waker waker;
  private final Activity activity;
  private final Hosts hosts;
  private final Patience patience;
  private final DeliveryWatch watch;
  private final InstantSource clock;
  private final KeptSockets sockets = new KeptSockets();

  /**
   * @param turns where messages go for whose answer Rockpool asks itself: those to bots that many
   *     share, and commands that an instance does not hear of
   */
  public Deliveries(
      Directory directory,
      Destination turns,
      Waker waker,
      Activity activity,
      Hosts hosts,
      Patience patience,
      DeliveryWatch watch,
      InstantSource clock) {
    this.directory = directory;
    this.turns = turns;
    this.waker = waker;
    this.activity = activity;
    this.hosts = hosts;
    this.patience = patience;
    this.watch = watch;
    this.clock = clock;
  }

  @Override
  public boolean mayRepeat(InboxMessage message) {
    boolean isTurn;
    try {
      isTurn = directory.byId(message.connection()).filter(Deliveries::isTurn).isPresent();
    } catch (StoreException | VaultException e) {
      isTurn = false; // nothing is delivered without its secret
    }
    return isTurn
        ? turns.mayRepeat(message)
        : Listening.of(message).filter(Listening::repeatable).isPresent();
  }

  @Override
  public Outcome deliver(InboxMessage message, Content content) {
    Optional<Door> door;
    try {
      door = directory.byId(message.connection());
    } catch (StoreException | VaultException e) {
      return new Outcome.Again("The secret of its connection cannot be read now.");
    }
    if (door.isPresent() && isTurn(door.get())) {
      var outcome = turns.deliver(message, content);
      watch.tried(message, outcome, Duration.ZERO);
      return outcome;
    }
    long begun = System.nanoTime();
    var waited = new Duration[] {Duration.ZERO};
    var outcome =
        door.isEmpty()
            ? new Outcome.Rejected("The channel was disconnected.")
            : Listening.of(message)
                .map(it -> {
                  var awaited = awaited(message.instance(), content);
                  waited[0] = Duration.ofNanos(System.nanoTime() - begun);
                  return delivered(content, door.get(), it, awaited);
                })
                .orElseGet(
                    () -> new Outcome.Rejected("Assistants take nothing from this platform."));
    watch.tried(message, outcome, waited[0]);
    return outcome;
  }

  private static boolean isTurn(Door door) {
    return door.connection().instance() == null || door.channel() instanceof Deferring;
  }

  private Waker.Awaited awaited(InstanceId instance, Content content) {
    try {
      return waker.await(INBOX, instance, REASON, NEEDED, content.body().length, patience.wake());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Waker.Awaited.Late();
    }
  }

  private Outcome delivered(
      Content content, Door door, Listening listening, Waker.Awaited awaited) {
    return switch (awaited) {
      case Waker.Awaited.Awake(var instance) -> {
        activity.began(instance.id());
        try {
          yield handed(content, door, listening, instance);
        } finally {
          activity.ended(instance.id());
        }
      }
      case Waker.Awaited.Down(var instance) -> new Outcome.Held(STOPPED, down(instance));
      case Waker.Awaited.Unknown _ -> new Outcome.Rejected("The instance is gone.");
      case Waker.Awaited.Crowded _ ->
          new Outcome.Again("Too many wait for the instance to wake up.");
      case Waker.Awaited.Late _ -> new Outcome.Again("The instance is still on its way.");
    };
  }

  private static String down(Instance instance) {
    var hold = instance.term().hold();
    if (hold != null) {
      return hold.message();
    }
    return instance.wanted().goal() == Goal.RUNNING
        ? "The instance was given up: look at its conditions, and start it."
        : "The instance was stopped by its owner: start it.";
  }

  /**
   * How one try ended.
   *
   * @param isClosed whether nobody heard it, as its channel is not open (yet)
   */
  private record Try(Outcome outcome, boolean isClosed) {
    static Try closed(String why) {
      return new Try(
          new Outcome.Again("The assistant's channel is not open: %s.".formatted(why)), true);
    }
  }

  /** Tries until its channel is open, or has had the time to be. */
  private Outcome handed(Content content, Door door, Listening listening, Instance instance) {
    long end = System.nanoTime() + patience.open().toNanos();
    for (var pause = FIRST_PAUSE; ; pause = longer(pause)) {
      var tried = once(content, door, listening, instance);
      if (!tried.isClosed()) {
        lookOnceMore(instance.id());
        return tried.outcome();
      }
      if (System.nanoTime() + pause.toNanos() > end || !slept(pause)) {
        return tried.outcome();
      }
    }
  }

  private static Duration longer(Duration pause) {
    var doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }

  private static boolean slept(Duration pause) {
    try {
      Thread.sleep(pause);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * It may have begun to fall asleep in just this moment, with the message in its queue: then it is
   * wanted awake.
   */
  private void lookOnceMore(InstanceId instance) {
    try {
      var _ = waker.await(INBOX, instance, REASON, NEEDED, 0, Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Try once(Content content, Door door, Listening listening, Instance instance) {
    var running = hosts.running(instance);
    if (running.isEmpty()) {
      return Try.closed("it does not run just now");
    }
    var address = address(listening, running.get());
    var body = content.body();
    var headers = new HashMap<>(content.headers());
    headers.putAll(door.receiver().sign(body, clock.instant()));
    var answer =
        new Post(listening.path(), headers, body, listening.repeatable())
            .to(
                new KeptSockets.Peer(instance.id().value(), address),
                sockets,
                () -> hosts.isListening(instance, address.getHostString(), address.getPort()),
                patience.connect(),
                patience.answer());
    return switch (answer) {
      case Post.Answer.Nobody(var why) -> Try.closed(why);
      case Post.Answer.Lost(var why) -> new Try(new Outcome.Unknown(why), false);
      case Post.Answer.Came(var status, var answered) ->
          status == 404
              ? Try.closed("there is nothing at its address yet")
              : new Try(listening.read(status, answered.getOrDefault(Listening.HEADER, "")), false);
    };
  }

  private static InetSocketAddress address(Listening listening, Running running) {
    return listening.port().isPresent()
        ? new InetSocketAddress(running.listenerHost(), listening.port().getAsInt())
        : new InetSocketAddress(running.gateway().getHost(), running.gateway().getPort());
  }
}
