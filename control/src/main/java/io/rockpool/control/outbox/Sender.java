package io.rockpool.control.outbox;

import io.rockpool.channel.Bot;
import io.rockpool.channel.Outcome;
import io.rockpool.channel.Posted;
import io.rockpool.control.outbox.OutboxStore.Due;
import io.rockpool.control.outbox.OutboxStore.Ended;
import io.rockpool.control.outbox.OutboxStore.Step;
import io.rockpool.control.store.StoreException;
import io.rockpool.control.vault.VaultException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what is in the outbox. Each chat that has something to say is held by one server and gets a
 * thread there, which says one thing after the other; a few chats of a bot at once. What its server
 * was just saying when it died is not said again, but where it was an edit.
 */
public final class Sender implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sender.class);

  /** What another server stored is seen that late, at most. */
  private static final Duration POLL = Duration.ofSeconds(1);

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);

  private final Outbox outbox;
  private final OutboxStore store;
  private final OutboxRules rules;
  private final Bots bots;
  private final Duration grace;
  private final RandomGenerator random;
  private final String holder = UUID.randomUUID().toString();
  private final Thread loop;
  private Instant renewAt = Instant.MIN;
  private Instant sweepAt = Instant.MIN;

  /** By lane. Guarded by itself, as are the next two. */
  private final Map<String, Thread> atWork = new HashMap<>();

  /** Lanes at work that are looked at once more. */
  private final Set<String> again = new HashSet<>();

  /** How many lanes of a connection are at work. */
  private final Map<String, Integer> busy = new HashMap<>();

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
  public Sender(Outbox outbox, Bots bots, boolean alone, Duration grace, RandomGenerator random) {
    this.outbox = outbox;
    this.store = outbox.store();
    this.rules = outbox.rules();
    this.bots = bots;
    this.grace = grace;
    this.random = random;
    if (alone) {
      store.endLeases();
    }
    // A platform thread: calls into SQLite hold the thread that carries a virtual one.
    this.loop = Thread.ofPlatform().daemon().name("outbox").start(this::run);
  }

  private void run() {
    long lookAt = System.nanoTime();
    while (!closing) {
      try {
        var lane = outbox.awaitLane(Duration.ofNanos(lookAt - System.nanoTime()));
        lane.ifPresent(this::start);
        if (lane.isEmpty() || System.nanoTime() - lookAt >= 0) {
          lookAt = System.nanoTime() + POLL.toNanos();
          lookAt = Math.min(lookAt, System.nanoTime() + look(outbox.now()).toNanos());
        }
      } catch (StoreException | RejectedExecutionException e) {
        if (!closing) {
          log.atWarn().setCause(e).log("The outbox cannot be looked at; trying again");
        }
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  /** Begins with all that is due; how long it takes until the next is. */
  private Duration look(Instant now) {
    if (!now.isBefore(renewAt)) {
      renew(lanesAtWork(), now);
      renewAt = now.plus(rules.lease().dividedBy(3));
    }
    store.due(now).forEach(this::start);
    if (!now.isBefore(sweepAt)) {
      outbox.sweep();
      sweepAt = now.plus(SWEEP_EVERY);
    }
    return store
        .nextDue(now)
        .map(next -> Duration.between(now, next))
        .filter(it -> it.compareTo(POLL) < 0)
        .orElse(POLL);
  }

  private void renew(List<String> lanes, Instant now) {
    if (!lanes.isEmpty()) {
      outbox.commit(
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
      } else if (busy.getOrDefault(lane.connection(), 0) < rules.atOnce()) {
        busy.merge(lane.connection(), 1, Integer::sum);
        var thread = Thread.ofVirtual().name("say").unstarted(() -> work(lane));
        atWork.put(lane.id(), thread);
        thread.start();
      } // else a look finds it once another one has ended
    }
  }

  private void work(Due lane) {
    boolean more = false;
    try {
      more = say(lane);
    } catch (StoreException | RejectedExecutionException e) {
      // The lane stays leased; when that ends it is taken again, and what was said is unknown.
      if (!closing) {
        log.atWarn()
            .addKeyValue("connection", lane.connection())
            .setCause(e)
            .log("What was said cannot be written down");
      }
    } finally {
      synchronized (atWork) {
        atWork.remove(lane.id());
        int left = busy.merge(lane.connection(), -1, Integer::sum);
        if (left == 0) {
          busy.remove(lane.connection());
        }
        more |= left == rules.atOnce() - 1; // others may wait for its place
        if (again.remove(lane.id())) {
          outbox.arrived(lane);
        }
        atWork.notifyAll();
      }
      if (more) {
        outbox.ring();
      }
    }
  }

  /** Whether there is more to say, now or later. */
  private boolean say(Due lane) {
    var step = outbox.commit(lane.id(), it -> store.claim(it, lane, holder, outbox.now()));
    while (step instanceof Step.Say(var message)) {
      var verdict = attempt(message);
      if (abandoned) {
        return false;
      }
      var ended = new Ended(message, verdict);
      boolean goOn = !closing;
      step =
          outbox.commit(lane.id(), it -> store.next(it, lane, holder, ended, outbox.now(), goOn));
    }
    return step instanceof Step.Rest(var more) && more;
  }

  private Verdict attempt(OutboxMessage message) {
    Optional<String> words;
    Optional<Bot> bot;
    try {
      words = outbox.words(message);
      bot = bots.of(message.connection());
    } catch (VaultException | StoreException e) {
      log.atWarn()
          .addKeyValue("connection", message.connection())
          .addKeyValue("delivery", message.id())
          .setCause(e)
          .log("A message, or the token to say it with, cannot be read; trying again");
      return Verdict.again(
          message, "It cannot be decrypted now.", outbox.now(), random.nextDouble(), rules);
    }
    if (words.isEmpty()) {
      return new Verdict.Settled(
          State.DEAD, null, "Its words were deleted with the keys of its account.");
    }
    if (bot.isEmpty()) {
      return new Verdict.Settled(State.DEAD, null, "The bot was disconnected.");
    }
    try {
      var outcome = said(message, bot.get(), words.get());
      log.atDebug()
          .addKeyValue("connection", message.connection())
          .addKeyValue("delivery", message.id())
          .addKeyValue("attempt", message.attempts())
          .addKeyValue("outcome", outcome.getClass().getSimpleName())
          .log("Something was said");
      return Verdict.of(outcome, message, outbox.now(), random.nextDouble(), rules);
    } catch (RuntimeException e) {
      log.atWarn()
          .addKeyValue("connection", message.connection())
          .addKeyValue("delivery", message.id())
          .setCause(e)
          .log("Saying something failed in a way that nobody expected");
      return Verdict.unknown(e.getClass().getSimpleName());
    }
  }

  private static Outcome<Posted> said(OutboxMessage message, Bot bot, String words) {
    var posted = message.posted();
    return posted == null
        ? bot.send(message.place(), words)
        : bot.edit(new Posted(message.place(), posted), words);
  }

  /**
   * Begins nothing more, waits for what is under way, and gives its lanes back. What is not done by
   * then is left: another server, or this one when it comes again, takes it over.
   */
  @Override
  public void close() {
    closing = true;
    outbox.ring();
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
