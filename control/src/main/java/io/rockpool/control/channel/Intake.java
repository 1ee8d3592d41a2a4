package io.rockpool.control.channel;

import io.rockpool.channel.Digests;
import io.rockpool.channel.Inbound;
import io.rockpool.channel.Receipt;
import io.rockpool.channel.Reply;
import io.rockpool.channel.Webhook;
import io.rockpool.control.channel.Directory.Door;
import io.rockpool.control.inbox.Accepted;
import io.rockpool.control.inbox.Content;
import io.rockpool.control.inbox.InboundMessage;
import io.rockpool.control.inbox.Inbox;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request to a webhook, and what the platform is answered. Nothing is
 * acknowledged that is not on the disk; nothing that an instance says ever comes to a platform.
 */
public final class Intake {
  /** The name under which the type of a body is kept and passed on. */
  static final String CONTENT_TYPE = "Content-Type";

  /** What is passed on under another type than these goes as plain bytes. */
  private static final Set<String> TYPES =
      Set.of("application/json", "application/x-www-form-urlencoded");

  private static final String UNREADABLE = "unreadable";
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration LATER = Duration.ofSeconds(30);

  /** Each takes some hundred bytes. */
  private static final int MOST_BUCKETS = 20_000;

  /** What became of it. */
  public enum Outcome {
    /** It is kept. */
    ACCEPTED,
    /** It was kept before. */
    DUPLICATE,
    /** The platform asked the webhook itself. */
    PROBE,
    /** It is for nobody. */
    IGNORED,
    /** It cannot be understood, and is kept as dead. */
    UNREADABLE,
    /** The platform did not send it. */
    FORGED,
    /** There is no such connection. */
    UNKNOWN,
    /** Its instance has too much waiting, or its account sends too fast. */
    FULL,
    /** It could not be kept. */
    FAILED,
    /** It was not even read: its method, its length, its packing, or how long it took. */
    UNREAD
  }

  /**
   * What became of it, and what is answered.
   *
   * @param failure why it could not be kept; null unless it has {@link Outcome#FAILED}
   */
  public record Taken(Outcome outcome, Reply reply, @Nullable RuntimeException failure) {
    public Taken(Outcome outcome, Reply reply) {
      this(outcome, reply, null);
    }
  }

  /**
   * How often requests may come.
   *
   * @param perMinute messages of one account; above that they are taken as long as the instance has
   *     not too many waiting. 0 for any number
   * @param refusedPerMinute requests of one source that nobody sent or that are for nobody; above
   *     that they get the shortest answer. 1 or more
   */
  public record Rates(int perMinute, int refusedPerMinute) {
    public static final Rates DEFAULT = new Rates(100, 60);

    public Rates {
      if (perMinute < 0 || refusedPerMinute < 1) {
        throw new IllegalArgumentException(
            "a rate is 0 or more, and that of refusals 1 or more, not %d and %d"
                .formatted(perMinute, refusedPerMinute));
      }
    }
  }

  private final Directory directory;
  private final Inbox inbox;
  private final SharedMessages shared;
  private final Consumer<Connection> revoked;
  private final Optional<Buckets> accounts;
  private final Buckets sources;

  /**
   * @param revoked told of a connection that is over, as its platform says. What it throws is as if
   *     a message could not be kept
   */
  public Intake(
      Directory directory,
      Inbox inbox,
      SharedMessages shared,
      Consumer<Connection> revoked,
      Rates rates) {
    this.directory = directory;
    this.inbox = inbox;
    this.shared = shared;
    this.revoked = revoked;
    this.accounts =
        rates.perMinute() == 0
            ? Optional.empty()
            : Optional.of(new Buckets(rates.perMinute(), MOST_BUCKETS));
    this.sources = new Buckets(rates.refusedPerMinute(), MOST_BUCKETS);
  }

  /** Who a webhook is for. */
  public sealed interface Addressee {
    record Somebody(Door door) implements Addressee {}

    record Nobody() implements Addressee {}

    /** There is somebody, whose secret cannot be read now. */
    record Unready(Taken answer) implements Addressee {}
  }

  /** Who a webhook is for. Asks no database for a stranger. */
  public Addressee addressee(String platform, String key, Webhook request) {
    try {
      return directory
          .byKey(platform, key)
          .<Addressee>map(Addressee.Somebody::new)
          .orElseGet(Addressee.Nobody::new);
    } catch (StoreException | VaultException e) {
      return new Addressee.Unready(
          new Taken(
              Outcome.FAILED,
              directory
                  .channel(platform)
                  .map(it -> it.busy(request, SOON))
                  .orElseGet(() -> Reply.empty(503)),
              e));
    }
  }

  /**
   * What is answered where nobody is.
   *
   * @param request its body need not be read
   * @param source where it came from, see {@link #take}
   */
  public Taken unknown(String platform, Webhook request, String source, Instant now) {
    return refused(Outcome.UNKNOWN, unknown(platform, request), source, now);
  }

  private Reply unknown(String platform, Webhook request) {
    return directory
        .channel(platform)
        .map(it -> it.unknown(request))
        .orElseGet(() -> Reply.empty(404));
  }

  /** What is answered when a request cannot even be read now. */
  public Taken busy(Door door, Webhook request) {
    return busy(Outcome.FULL, door, request, SOON);
  }

  /**
   * Takes a request. Waits for the disk where something is kept.
   *
   * @param source whoever made it, e.g. its address; only to count what is refused
   */
  public Taken take(Door door, Webhook request, String source, Instant now) {
    try {
      return switch (door.receiver().receive(request, now)) {
        case Receipt.Forged(var reply) -> refused(Outcome.FORGED, reply, source, now);
        case Receipt.Probe(var reply) -> new Taken(Outcome.PROBE, reply);
        case Receipt.Ignored(_, var reply) -> new Taken(Outcome.IGNORED, reply);
        case Receipt.Messages messages -> messages(door, request, messages, now);
        case Receipt.Unreadable unreadable -> unreadable(door, request, unreadable, now);
      };
    } catch (StoreException | RejectedExecutionException | VaultException e) {
      // Whether it was kept may be unknown: it comes again, and that is found out.
      return new Taken(Outcome.FAILED, door.channel().busy(request, SOON), e);
    }
  }

  private Taken messages(Door door, Webhook request, Receipt.Messages received, Instant now) {
    if (received.messages().stream().allMatch(it -> it.kind() == Inbound.Kind.REVOKED)) {
      revoked.accept(door.connection()); // nobody needs to wake for that
      return new Taken(Outcome.IGNORED, received.reply());
    }
    var wait = pace(door, now);
    var instance = door.connection().instance();
    if (instance != null && !wait.isZero() && inbox.waiting(instance) >= inbox.most() / 2) {
      return busy(Outcome.FULL, door, request, wait);
    }
    var content = content(received.contentType(), request);
    var accepted =
        instance == null
            ? shared(door, received.messages(), content)
            : inbox.accept(own(door, instance, received.messages(), content));
    return taken(accepted, received.reply(), door, request);
  }

  /** Until all are kept, or one is not. */
  private Accepted shared(Door door, List<Inbound> messages, Content content) {
    var first = Accepted.DUPLICATE;
    for (var message : messages) {
      var accepted = shared.accept(door, message, content);
      switch (accepted) {
        case ACCEPTED -> first = accepted;
        case DUPLICATE -> {}
        case FULL, GONE -> {
          return accepted;
        }
      }
    }
    return first;
  }

  /**
   * One request is passed on, whatever it brings; that of several messages has a name of its own.
   */
  private static InboundMessage own(
      Door door, InstanceId instance, List<Inbound> messages, Content content) {
    var id =
        messages.size() == 1
            ? messages.getFirst().id()
            : Digests.name(
                messages.stream()
                    .map(Inbound::id)
                    .collect(Collectors.joining("\n"))
                    .getBytes(StandardCharsets.UTF_8));
    return message(door, instance, id, messages.getFirst().lane(), content);
  }

  /** A platform repeats what it is refused, so it is taken; a flood of them is not. */
  private Taken unreadable(Door door, Webhook request, Receipt.Unreadable unreadable, Instant now) {
    var wait = pace(door, now);
    if (!wait.isZero()) {
      return busy(Outcome.FULL, door, request, wait);
    }
    var instance = door.connection().instance();
    if (instance == null) {
      return new Taken(Outcome.UNREADABLE, unreadable.reply()); // no inbox could show it
    }
    var type = TYPES.contains(request.contentType()) ? request.contentType() : "";
    var content = content(type.isEmpty() ? "application/octet-stream" : type, request);
    var kept =
        inbox.bury(
            message(door, instance, unreadable.id(), UNREADABLE, content),
            "It could not be understood: %s.".formatted(unreadable.why()));
    return kept == Accepted.GONE
        ? taken(kept, unreadable.reply(), door, request)
        : new Taken(Outcome.UNREADABLE, unreadable.reply());
  }

  /** Zero unless its account sends faster than it should. Those who share a bot are many. */
  private Duration pace(Door door, Instant now) {
    var connection = door.connection();
    return connection.instance() == null
        ? Duration.ZERO
        : accounts.map(it -> it.take(connection.accountId(), now)).orElse(Duration.ZERO);
  }

  private static Content content(String type, Webhook request) {
    return new Content(Map.of(CONTENT_TYPE, type), request.body());
  }

  private static InboundMessage message(
      Door door, InstanceId instance, String id, String lane, Content content) {
    var connection = door.connection();
    return new InboundMessage(
        connection.id(),
        id,
        instance,
        connection.accountId(),
        connection.platform(),
        lane,
        content);
  }

  private Taken taken(Accepted accepted, Reply reply, Door door, Webhook request) {
    return switch (accepted) {
      case ACCEPTED -> new Taken(Outcome.ACCEPTED, reply);
      case DUPLICATE -> new Taken(Outcome.DUPLICATE, reply);
      case FULL -> busy(Outcome.FULL, door, request, LATER);
      case GONE -> new Taken(Outcome.UNKNOWN, door.channel().unknown(request));
    };
  }

  private static Taken busy(Outcome outcome, Door door, Webhook request, Duration wait) {
    return new Taken(outcome, door.channel().busy(request, wait));
  }

  /** Who guesses hears less and less. What is genuine is taken from everywhere. */
  private Taken refused(Outcome outcome, Reply reply, String source, Instant now) {
    return sources.take(source, now).isZero()
        ? new Taken(outcome, reply)
        : new Taken(outcome, Reply.empty(429).with("Connection", "close"));
  }
}
