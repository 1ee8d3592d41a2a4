package io.rockpool.control.webhook;

import io.rockpool.control.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages to their webhooks. Each webhook has a few places of its own on each server, so
 * that none waits for another; one where the last attempt failed has one. A message under way is
 * leased for longer than an attempt can take: when its server dies another one sends it, under the
 * same id. Order is not kept.
 */
public final class Deliverer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Deliverer.class);

  /** To one webhook at once, on one server. */
  static final int AT_ONCE = 4;

  /** Longer than {@link Courier#PATIENCE} and what it takes to write down how it ended. */
  static final Duration LEASE = Duration.ofMinutes(1);

  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);

  private final Webhooks webhooks;
  private final WebhookStore store;
  private final boolean alone;
  private final Duration grace;
  private final RandomGenerator random;
  private final Duration poll;
  private final Semaphore bell = new Semaphore(0);

  // A platform thread: calls into SQLite hold the thread that carries a virtual one.
  private final Thread loop = Thread.ofPlatform().daemon().name("webhooks").unstarted(this::run);

  private Instant sweepAt = Instant.MIN;

  /** How many attempts are under way, by webhook. Guarded by itself, as is the next. */
  private final Map<String, Integer> busy = new HashMap<>();

  private final Set<Thread> atWork = new HashSet<>();

  private volatile boolean closing;

  /** From then on nothing is written: what is still under way is another server's. */
  private volatile boolean abandoned;

  /**
   * @param alone whether no other server works with the same database: then what was under way is
   *     taken over without waiting for its lease
   * @param grace how long {@link #close} waits for what is under way
   */
  public Deliverer(Webhooks webhooks, boolean alone, Duration grace, RandomGenerator random) {
    this(webhooks, alone, grace, random, POLL);
  }

  /**
   * @param poll between two looks for something to do
   */
  Deliverer(
      Webhooks webhooks, boolean alone, Duration grace, RandomGenerator random, Duration poll) {
    this.webhooks = webhooks;
    this.store = webhooks.store();
    this.alone = alone;
    this.grace = grace;
    this.random = random;
    this.poll = poll;
  }

  public void start() {
    loop.start();
  }

  private void run() {
    boolean first = alone;
    while (!closing) {
      try {
        if (first) {
          store.endLeases(webhooks.now());
          first = false;
        }
        look(webhooks.now());
      } catch (RuntimeException e) {
        if (!closing) {
          log.atWarn().setCause(e).log("webhooks cannot be looked at; trying again");
        }
      }
      try {
        if (bell.tryAcquire(poll.toMillis(), TimeUnit.MILLISECONDS)) {
          bell.drainPermits();
        }
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  private void look(Instant now) {
    for (var webhook : store.due(now)) {
      int free = places(webhook);
      if (free > 0) {
        store.claim(webhook.id(), free, now, LEASE).forEach(message -> begin(webhook, message));
      }
    }
    if (!now.isBefore(sweepAt)) {
      webhooks.sweep();
      sweepAt = now.plus(SWEEP_EVERY);
    }
  }

  /** Whoever fails is not pressed. */
  private int places(Webhook webhook) {
    int all = webhook.failingSince() == null ? AT_ONCE : 1;
    synchronized (busy) {
      return closing ? 0 : all - busy.getOrDefault(webhook.id(), 0);
    }
  }

  private void begin(Webhook webhook, Message message) {
    synchronized (busy) {
      busy.merge(webhook.id(), 1, Integer::sum);
      var thread = Thread.ofVirtual().name("webhook").unstarted(() -> work(webhook, message));
      atWork.add(thread);
      thread.start();
    }
  }

  private void work(Webhook webhook, Message message) {
    try {
      deliver(webhook, message);
    } catch (StoreException e) {
      // Its lease ends, and it is sent once more.
      if (!closing) {
        log.atWarn()
            .addKeyValue("webhook", webhook.id())
            .setCause(e)
            .log("how a message to a webhook ended cannot be written down");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      synchronized (busy) {
        atWork.remove(Thread.currentThread());
        busy.computeIfPresent(webhook.id(), (_, number) -> number == 1 ? null : number - 1);
        busy.notifyAll();
      }
      bell.release();
    }
  }

  private void deliver(Webhook webhook, Message message) throws InterruptedException {
    var outcome = webhooks.send(webhook, message.id(), message.body());
    if (abandoned) {
      return;
    }
    var now = webhooks.now();
    var verdict = Verdict.of(outcome, message.attempts(), now, random.nextDouble());
    log.atDebug()
        .addKeyValue("webhook", webhook.id())
        .addKeyValue("delivery", message.id())
        .addKeyValue("attempt", message.attempts())
        .addKeyValue("status", verdict.status())
        .log("a message to a webhook was tried");
    store
        .settle(message, verdict, now)
        .ifPresent(why ->
            log.atWarn()
                .addKeyValue("webhook", webhook.id())
                .addKeyValue("host", webhook.url().getHost())
                .addKeyValue("error", why)
                .log(
                    "A webhook was disabled. Once its receiver works: rockpool webhooks change ID --enable"));
  }

  /**
   * Takes nothing more, and waits for what is under way. What is not done by then is interrupted
   * and left: another server, or this one when it comes again, sends it.
   */
  @Override
  public void close() {
    closing = true;
    bell.release();
    try {
      loop.join();
      awaitWork();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    abandoned = true;
    synchronized (busy) {
      atWork.forEach(Thread::interrupt);
    }
  }

  private void awaitWork() throws InterruptedException {
    long end = System.nanoTime() + grace.toNanos();
    synchronized (busy) {
      for (long left = grace.toMillis();
          !atWork.isEmpty() && left > 0;
          left = (end - System.nanoTime()) / 1_000_000) {
        busy.wait(left);
      }
    }
  }
}
