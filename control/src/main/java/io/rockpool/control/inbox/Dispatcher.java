package io.rockpool.control.inbox;

import io.rockpool.control.inbox.InboxStore.Due;
import io.rockpool.control.inbox.InboxStore.Ended;
import io.rockpool.control.inbox.InboxStore.Step;
import io.rockpool.control.inbox.InboxStore.Work;
import io.rockpool.control.store.GroupCommit;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.VaultException;
import io.rockpool.runtime.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers what is in the inbox. Each lane that has something to do is held by one server and gets
 * a thread there, which delivers its messages in order, one after the other; lanes do not wait for
 * each other, but for those of the same instance when too many are under way. When a server dies
 * its lanes are another's as soon as their leases end.
 */
public final class Dispatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

  /** What another server accepted is seen that late, at most. */
  private static final Duration POLL = Duration.ofSeconds(1);

  /**
   * So long after a look comes the next one, if not later: whoever waits for a place waits so long.
   */
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** Of one instance, known here; others are found by a look. */
  private static final int MOST_WAITING = 100;

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);
  private static final Duration VACUUM_EVERY = Duration.ofSeconds(5);

  private final Inbox inbox;
  private final InboxStore store;
  private final InboxRules rules;
  private final Destination destination;
  private final Duration grace;
  private final RandomGenerator random;
  private final String holder = UUID.randomUUID().toString();
  private final GroupCommit.Bulk<Work, Step> steps;
  private final Thread loop;
  private Instant renewAt = Instant.MIN;
  private Instant sweepAt = Instant.MIN;
  private Instant vacuumAt = Instant.MIN;

  /** By lane. Guarded by itself, as are the next three. */
  private final Map<String, Thread> atWork = new HashMap<>();

  /** Lanes at work that are looked at once more. */
  private final Set<String> again = new HashSet<>();

  /** How many lanes of it are at work. */
  private final Map<InstanceId, Integer> busy = new HashMap<>();

  /** Lanes of it that wait until one of those is done, by their ids; who came first is first. */
  private final Map<InstanceId, SequencedMap<String, Due>> waiting = new HashMap<>();

  private volatile boolean closing;

  /** From then on nothing is written: what is still under way is another server's. */
  private volatile boolean abandoned;

  /**
   * Begins at once.
   *
   * @param alone whether no other server works with the same database: then what was under way is
   *     taken over without waiting for its lease
   * @param grace how long {@link #close} waits for what is under way
   */
  public Dispatcher(
      Inbox inbox, Destination destination, boolean alone, Duration grace, RandomGenerator random) {
    this.inbox = inbox;
    this.store = inbox.store();
    this.rules = inbox.rules();
    this.destination = destination;
    this.grace = grace;
    this.random = random;
    this.steps = (it, all) -> store.work(it, all, holder, inbox.now());
    if (alone) {
      store.endLeases();
    }
    // A platform thread: calls into SQLite hold the thread that carries a virtual one.
    this.loop = Thread.ofPlatform().daemon().name("inbox").start(this::run);
    inbox.dispatchedBy(this);
  }

  private void run() {
    long lookAt = System.nanoTime();
    long pauseUntil = lookAt;
    while (!closing) {
      try {
        var lane = inbox.awaitLane(Duration.ofNanos(lookAt - System.nanoTime()));
        lane.ifPresent(this::start);
        if (lane.isEmpty()) {
          lookAt = earlier(lookAt, pauseUntil);
        }
        if (System.nanoTime() - lookAt >= 0) {
          lookAt = System.nanoTime() + POLL.toNanos();
          lookAt = earlier(lookAt, System.nanoTime() + look(inbox.now()).toNanos());
          pauseUntil = System.nanoTime() + PAUSE.toNanos();
          lookAt = lookAt - pauseUntil < 0 ? pauseUntil : lookAt;
        }
      } catch (StoreException | RejectedExecutionException e) {
        if (!closing) {
          log.atWarn().setCause(e).log("the inbox cannot be looked at; trying again");
        }
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  /** Of two times by {@link System#nanoTime}. */
  private static long earlier(long one, long other) {
    return one - other < 0 ? one : other;
  }

  /** Begins with all that is due; how long it takes until the next is. */
  private Duration look(Instant now) {
    if (!now.isBefore(renewAt)) {
      renew(lanesAtWork(), now);
      renewAt = now.plus(rules.lease().dividedBy(3));
    }
    store.due(now).forEach(this::start);
    if (!now.isBefore(sweepAt)) {
      inbox.sweep();
      sweepAt = now.plus(SWEEP_EVERY);
    }
    if (!now.isBefore(vacuumAt)) {
      vacuumAt = now.plus(VACUUM_EVERY);
      store.vacuum();
    }
    return store
        .nextDue(now)
        .map(next -> Duration.between(now, next))
        .filter(it -> it.compareTo(POLL) < 0)
        .orElse(POLL);
  }

  private void renew(List<String> lanes, Instant now) {
    if (!lanes.isEmpty()) {
      inbox.commit(
          lanes.getFirst(),
          it -> {
            lanes.forEach(lane -> store.renew(it, lane, holder, now));
            return true;
          });
    }
  }

  /** In the order in which everybody locks them. */
  private List<String> lanesAtWork() {
    synchronized (atWork) {
      return atWork.keySet().stream().sorted().toList();
    }
  }

  private void start(Due lane) {
    synchronized (atWork) {
      if (closing) {
        return;
      }
      if (atWork.containsKey(lane.id())) {
        again.add(lane.id()); // it may just now have seen that there is nothing more
      } else if (busy.getOrDefault(lane.instance(), 0) >= rules.atOnce()) {
        await(lane);
      } else {
        busy.merge(lane.instance(), 1, Integer::sum);
        startInItsPlace(lane, null);
      }
    }
  }

  /** Behind those of its instance that wait already. */
  private void await(Due lane) {
    synchronized (atWork) {
      var others = waiting.computeIfAbsent(lane.instance(), _ -> new LinkedHashMap<>());
      if (others.size() < MOST_WAITING) {
        others.putIfAbsent(lane.id(), lane);
      }
    }
  }

  /** The one that waits longest for a place at an instance takes it, if there is one. */
  private void startNext(InstanceId instance) {
    synchronized (atWork) {
      var others = waiting.get(instance);
      if (others != null) {
        var next = others.pollFirstEntry();
        if (others.isEmpty()) {
          waiting.remove(instance);
          inbox.ring(); // there may have been too many
        }
        start(next.getValue());
      }
    }
  }

  /**
   * @param begun the step that it begins with; null to claim the lane first
   */
  private void startInItsPlace(Due lane, @Nullable Step begun) {
    var thread = Thread.ofVirtual().name("lane").unstarted(() -> work(lane, begun));
    synchronized (atWork) {
      atWork.put(lane.id(), thread);
    }
    thread.start();
  }

  /**
   * A place for a lane while its message is being kept: should nothing else be in the lane it is
   * this server's from the beginning, and its delivery begins at once.
   */
  final class Place implements AutoCloseable {
    private final Due lane;
    private boolean hasBegun;

    private Place(Due lane) {
      this.lane = lane;
    }

    /** Who holds the lane then. */
    String holder() {
      return holder;
    }

    /** The lane is this holder's. */
    void begin(Step.Deliver step) {
      hasBegun = true;
      startInItsPlace(lane, step);
    }

    /** Gives the place back, unless it has begun. */
    @Override
    public void close() {
      if (!hasBegun) {
        leave(lane, new Step.Rest(null));
      }
    }
  }

  /**
   * A place for the lane of a message; null where there is none, and where somebody has to know
   * whether its delivery began, should this server die before.
   */
  @Nullable Place take(Due lane, InboxMessage message) {
    if (!destination.mayRepeat(message)) {
      return null;
    }
    synchronized (atWork) {
      if (closing
          || atWork.containsKey(lane.id())
          || busy.getOrDefault(lane.instance(), 0) >= rules.atOnce()) {
        return null;
      }
      busy.merge(lane.instance(), 1, Integer::sum);
      atWork.put(lane.id(), Thread.currentThread());
    }
    return new Place(lane);
  }

  private void work(Due lane, @Nullable Step begun) {
    var end = new Step.Rest(null);
    try {
      if (deliver(lane, begun) instanceof Step.Rest rest) {
        end = rest;
      }
    } catch (StoreException | RejectedExecutionException e) {
      // The lane stays leased; when that ends it is taken again, and what was under way is
      // uncertain.
      if (!closing) {
        log.atWarn()
            .addKeyValue("instance", lane.instance())
            .setCause(e)
            .log("how deliveries ended cannot be written down");
      }
    } finally {
      leave(lane, end);
    }
  }

  private void leave(Due lane, Step.Rest end) {
    var dueAt = end.dueAt();
    boolean isLater = dueAt != null && dueAt.isAfter(inbox.now());
    synchronized (atWork) {
      atWork.remove(lane.id());
      busy.computeIfPresent(lane.instance(), (_, number) -> number == 1 ? null : number - 1);
      if (again.remove(lane.id()) || (dueAt != null && !isLater)) {
        await(lane);
      }
      startNext(lane.instance());
      atWork.notifyAll();
    }
    if (isLater) {
      inbox.ring();
    }
  }

  /** How it ended: with a rest, or with another one's. */
  private Step deliver(Due lane, @Nullable Step begun) {
    var step = begun == null ? inbox.commit(steps, new Work.Claim(lane)) : begun;
    while (step instanceof Step.Deliver deliver) {
      var verdict = attempt(deliver);
      if (abandoned) {
        return new Step.Lost();
      }
      var ended = new Ended(deliver.message(), verdict);
      boolean goOn = !closing && !isWaitedFor(lane.instance());
      step = inbox.commit(steps, new Work.Next(lane, ended, goOn));
    }
    return step;
  }

  private Verdict attempt(Step.Deliver deliver) {
    var message = deliver.message();
    boolean mayRepeat = destination.mayRepeat(message);
    if (deliver.takenOver() && !mayRepeat) {
      return Verdict.unknown("the server that delivered it was killed.");
    }
    var outcome = outcome(deliver);
    log.atDebug()
        .addKeyValue("instance", message.instance())
        .addKeyValue("delivery", message.key())
        .addKeyValue("attempt", message.attempts())
        .addKeyValue("outcome", outcome.getClass().getSimpleName())
        .log("delivery was tried");
    return Verdict.of(outcome, message, mayRepeat, inbox.now(), random.nextDouble(), rules);
  }

  private Outcome outcome(Step.Deliver deliver) {
    var message = deliver.message();
    Optional<Content> content;
    try {
      content = inbox.content(deliver);
    } catch (VaultException | IllegalArgumentException e) {
      log.atWarn()
          .addKeyValue("instance", message.instance())
          .addKeyValue("delivery", message.key())
          .setCause(e)
          .log("a message cannot be decrypted; trying again");
      return new Outcome.Again("Its content cannot be decrypted now.");
    }
    if (content.isEmpty()) {
      return new Outcome.Rejected("Its content was deleted with the keys of its account.");
    }
    try {
      return destination.deliver(message, content.get());
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("instance", message.instance())
          .addKeyValue("delivery", message.key())
          .setCause(e)
          .log("a delivery failed in a way that nobody expected");
      return new Outcome.Unknown("The delivery failed: " + e.getClass().getSimpleName());
    }
  }

  /** Then a lane gives its place on after each message. */
  private boolean isWaitedFor(InstanceId instance) {
    synchronized (atWork) {
      return waiting.containsKey(instance);
    }
  }

  /**
   * Takes nothing more, waits for what is under way, and gives its lanes back. What is not done by
   * then is interrupted and left: another server, or this one when it comes again, takes it over.
   */
  @Override
  public void close() {
    closing = true;
    inbox.ring();
    try {
      loop.join();
      awaitWork();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    abandoned = true;
    synchronized (atWork) {
      atWork.values().forEach(Thread::interrupt);
    }
  }

  private void awaitWork() throws InterruptedException {
    long end = System.nanoTime() + grace.toNanos();
    synchronized (atWork) {
      for (long left = grace.toMillis();
          !atWork.isEmpty() && left > 0;
          left = (end - System.nanoTime()) / 1_000_000) {
        atWork.wait(left);
      }
    }
  }
}
