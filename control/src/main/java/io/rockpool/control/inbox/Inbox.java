package io.rockpool.control.inbox;

import io.rockpool.control.account.Actor;
import io.rockpool.control.inbox.InboxStore.Arrival;
import io.rockpool.control.inbox.InboxStore.Due;
import io.rockpool.control.inbox.InboxStore.Kept;
import io.rockpool.control.inbox.InboxStore.Step;
import io.rockpool.control.inbox.InboxStore.Work;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.Sql;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.Vault;
import io.rockpool.control.vault.Vault.SealedBytes;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Messages of chat apps. What was accepted is on the disk, encrypted by its account's data key, and
 * a {@link Dispatcher} delivers it. One for each server.
 */
public final class Inbox implements AutoCloseable {
  private static final String PURPOSE = "inbox";
  private static final int ATTEMPTS = 10;
  private static final int MOST_LANES = 10_000;
  private static final int SWEPT_AT_ONCE = 500;

  private final InboxStore store;

  /** Apart from each other, so that acknowledgements do not wait behind deliveries. */
  private final GroupCommit arrivals;

  /** Does not wait for the disk: after a loss of power a message may be delivered again. */
  private final GroupCommit deliveries;

  private final GroupCommit.Bulk<Arrival, Kept> keep;

  private final Waiting waiting;
  private final Sql sql;
  private final Vault vault;
  private final InboxRules rules;
  private final InstantSource clock;

  /** Lanes that have something to do; empty where somebody should look for them. */
  private final BlockingQueue<Optional<Due>> lanes = new ArrayBlockingQueue<>(MOST_LANES);

  /** Null before there is one. */
  private volatile @Nullable Dispatcher dispatcher;

  public Inbox(
      Sql sql, Vault vault, InboxRules rules, DeadLetters deadLetters, InstantSource clock) {
    this.store = new InboxStore(sql, rules, deadLetters);
    this.arrivals = GroupCommit.durable(sql);
    this.deliveries = new GroupCommit(sql);
    this.keep = (it, all) -> store.accept(it, all, clock.instant());
    this.waiting = new Waiting(store::waiting, rules.waiting() / 2, clock);
    this.sql = sql;
    this.vault = vault;
    this.rules = rules;
    this.clock = clock;
  }

  /**
   * Keeps a message. Acknowledge it only after this has returned {@link Accepted#ACCEPTED} or
   * {@link Accepted#DUPLICATE}; those that come at the same time share what a commit costs.
   *
   * @throws StoreException when the database failed. It may have been kept all the same: the
   *     platform sends it again, and that is found out
   * @throws RejectedExecutionException when too much waits for the database, or the server stops
   * @throws io.rockpool.control.vault.VaultException when it cannot be encrypted now
   */
  public Accepted accept(InboundMessage message) {
    return keep(message, sealed -> keep(message, sealed));
  }

  /**
   * Keeps a message that is genuine and cannot be understood: as dead, where its owner sees it and
   * may have it delivered all the same. Throws and answers as {@link #accept}; there is always
   * room.
   *
   * @param reason a few words; nothing of what was sent
   */
  public Accepted bury(InboundMessage message, String reason) {
    return keep(
        message,
        sealed ->
            arrivals.run(
                message.laneId(), it -> store.bury(it, message, sealed, reason, clock.instant())));
  }

  private Accepted keep(InboundMessage message, Function<SealedBytes, Accepted> stored) {
    var name = name(message.accountId(), message.key());
    var bytes = message.content().bytes();
    long version = 0;
    for (int attempt = 1; ; attempt++) {
      var sealed = vault.seal(name, bytes);
      try {
        return stored.apply(sealed);
      } catch (StoreException e) {
        // The data key may have been replaced just now, and the row refers to it.
        if (attempt == ATTEMPTS || sealed.keyVersion() == version) {
          throw e;
        }
        version = sealed.keyVersion();
        vault.readAnew(message.accountId());
      }
    }
  }

  private Accepted keep(InboundMessage message, SealedBytes sealed) {
    var lane = new Due(message.laneId(), message.instance());
    var full = waiting.of(message.instance()) >= rules.waiting();
    var begun = begun(message);
    var here = dispatcher;
    try (var place = here == null ? null : here.take(lane, begun)) {
      var holder = place == null ? null : place.holder();
      var kept = arrivals.run(lane.id(), keep, new Arrival(message, lane, sealed, full, holder));
      if (kept.accepted() == Accepted.ACCEPTED) {
        waiting.oneMore(message.instance());
      }
      if (place != null && kept.isBegun()) {
        place.begin(new Step.Deliver(begun, sealed, false));
      } else if (kept.accepted() == Accepted.ACCEPTED) {
        arrived(lane);
      }
      return kept.accepted();
    }
  }

  /** As it is in its first attempt, should that begin at once. */
  private InboxMessage begun(InboundMessage message) {
    var now = clock.instant();
    return new InboxMessage(
        message.key(),
        InboxMessage.NO_SEQUENCE,
        message.instance(),
        message.accountId(),
        message.connection(),
        message.messageId(),
        message.platform(),
        message.lane(),
        State.DELIVERING,
        1,
        false,
        now,
        now.plus(rules.timeToLive()),
        now,
        now,
        null,
        null);
  }

  /** From now on this one delivers at once what comes into an empty lane. */
  void dispatchedBy(Dispatcher it) {
    dispatcher = it;
  }

  /** How many messages of an instance wait or are being delivered, about. */
  public long waiting(InstanceId instance) {
    return waiting.of(instance);
  }

  /** So many may wait at most. */
  public int most() {
    return rules.waiting();
  }

  /** A place in the list of an instance's messages: that of one which may be gone by now. */
  public record Position(long sequence, String key) {
    public static Position of(InboxMessage message) {
      return new Position(message.sequence(), message.key());
    }
  }

  /**
   * The messages of an instance, newest first; of those that the actor may see.
   *
   * @param state null for all
   * @param before of the last one of the page before; null for the first page
   */
  public List<InboxMessage> list(
      Actor actor,
      InstanceId instance,
      @Nullable State state,
      @Nullable Position before,
      int limit) {
    return store.list(actor, instance, state, before, limit);
  }

  /** One of them, unless there is none that the actor may see. */
  public Optional<InboxMessage> find(Actor actor, InstanceId instance, String key) {
    return store.find(sql, actor, instance, key);
  }

  /** How a wish to deliver a dead message was taken. */
  public enum Replayed {
    /** It is delivered like a new one, before those of its lane that came after it. */
    REPLAYED,
    /** There is none that the actor may see. */
    UNKNOWN,
    /** It is not dead. */
    NOT_DEAD,
    /** Its content was shredded. */
    WITHOUT_CONTENT
  }

  /**
   * Delivers a dead message after all, under the key that it had, with a new time to live. Where it
   * may have been delivered before, that is the actor's decision.
   */
  public Replayed replay(Actor actor, InstanceId instance, String key) {
    var lane = store.laneOf(key);
    if (lane.isEmpty()) {
      return Replayed.UNKNOWN;
    }
    var replayed = deliveries.run(lane.get(), it -> replay(it, actor, instance, key, lane.get()));
    if (replayed == Replayed.REPLAYED) {
      ring();
    }
    return replayed;
  }

  private Replayed replay(Sql it, Actor actor, InstanceId instance, String key, String lane) {
    var found = store.find(it, actor, instance, key);
    if (found.isEmpty()) {
      return Replayed.UNKNOWN;
    }
    if (store.replay(it, found.get(), lane, clock.instant())) {
      return Replayed.REPLAYED;
    }
    return found.get().state() == State.DEAD ? Replayed.WITHOUT_CONTENT : Replayed.NOT_DEAD;
  }

  public Counts counts() {
    return store.counts(clock.instant());
  }

  /** Empty when it was shredded. */
  Optional<Content> content(Step.Deliver deliver) {
    var message = deliver.message();
    return Optional.ofNullable(deliver.sealed())
        .flatMap(sealed -> vault.open(name(message.accountId(), message.key()), sealed))
        .map(Content::of);
  }

  private static Vault.Name name(String accountId, String key) {
    return new Vault.Name(accountId, PURPOSE, key);
  }

  InboxStore store() {
    return store;
  }

  InboxRules rules() {
    return rules;
  }

  Instant now() {
    return clock.instant();
  }

  <T> T commit(String order, Function<Sql, T> work) {
    return deliveries.run(order, work);
  }

  /** Does it together with what else is to be done now. */
  Step commit(GroupCommit.Bulk<Work, Step> steps, Work work) {
    return deliveries.run(work.lane().id(), steps, work);
  }

  /** Forgets what is not needed any more. */
  void sweep() {
    int swept;
    do {
      swept = deliveries.run("", it -> store.sweep(it, clock.instant(), SWEPT_AT_ONCE));
    } while (swept == SWEPT_AT_ONCE);
  }

  /** When too many wait it is found by a look. */
  void arrived(Due lane) {
    var _ = lanes.offer(Optional.of(lane));
  }

  /** Makes the dispatcher look. */
  void ring() {
    var _ = lanes.offer(Optional.empty());
  }

  /** Waits for a lane that has something to do; empty when it is time to look for others. */
  Optional<Due> awaitLane(Duration patience) throws InterruptedException {
    var lane = lanes.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    return lane == null ? Optional.empty() : lane;
  }

  /** Whoever waits for a commit is told that the server stops. */
  @Override
  public void close() {
    arrivals.close();
    deliveries.close();
  }
}
